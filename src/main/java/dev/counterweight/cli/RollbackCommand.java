package dev.counterweight.cli;

import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.scorer.ServingOrders;
import dev.counterweight.trainer.Rollback;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Goes back to an older checkpoint: training, while no trainer runs, or what is served alone. */
@Command(
    name = "rollback",
    description =
        "List the checkpoints that are kept, or, with --to, make one of them the current one. "
            + "The next trainer resumes there and trains again on what came after it. "
            + "Every trainer of the job must be stopped for that. With --scorers, trainers go on: "
            + "all scorers answer by the checkpoint named at once, until they are told newest.")
final class RollbackCommand extends JobCommand {
  private static final String NEWEST = "newest";

  @Option(
      names = "--to",
      paramLabel = "NAME",
      description = "The checkpoint to go back to, as listed.")
  private @Nullable String to;

  @Option(
      names = "--scorers",
      paramLabel = "NAME|newest",
      description =
          "The checkpoint that scorers answer by from now on, whatever is announced; newest: they"
              + " go by scores.follow again.")
  private @Nullable String scorers;

  @Override
  int run(PrintWriter out) {
    require(to == null || scorers == null, "--to and --scorers: one of them at a time");
    JobConfig config = load();
    requireCheckpoints(config);
    if (scorers != null) {
      order(out, scorers, new ServingOrders(config, new KafkaClients(config.kafka())));
      return 0;
    }
    Rollback rollback = new Rollback(config, new KafkaClients(config.kafka()));
    if (to == null) {
      list(out, rollback.kept());
    } else {
      CheckpointManifest current = rollback.to(to);
      out.printf(
          "current checkpoint: %s, step %d; training resumes at batch offset %d%n",
          to, current.position().step(), current.position().batchOffset());
    }
    return 0;
  }

  private static void order(PrintWriter out, String name, ServingOrders orders) {
    if (name.equals(NEWEST)) {
      orders.takeBack();
      out.println("scorers go by scores.follow again");
      return;
    }
    CheckpointManifest served = orders.serve(name);
    out.printf(
        "scorers answer by %s, step %d, until rollback --scorers newest%n",
        name, served.position().step());
  }

  private static void list(PrintWriter out, List<Rollback.Kept> kept) {
    String state = "current ";
    for (Rollback.Kept checkpoint : kept) {
      CheckpointManifest manifest = checkpoint.manifest();
      out.println(
          state
              + checkpoint.name()
              + (manifest == null
                  ? checkpoint.retired()
                      ? "  retired: newer ones replaced it"
                      : "  DAMAGED: " + checkpoint.problem()
                  : String.format(
                      Locale.ROOT,
                      "  step %d, batch offset %d, written %s",
                      manifest.position().step(),
                      manifest.position().batchOffset(),
                      manifest.origin().createdAt())));
      state = "earlier ";
    }
    if (kept.isEmpty()) {
      out.println("no checkpoint was announced yet");
    }
  }
}
