package dev.counterweight.cli;

import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.Cluster;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.trainer.Rollback;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Goes back to an older checkpoint, while no trainer runs. */
@Command(
    name = "rollback",
    description =
        "List the checkpoints that are kept, or, with --to, make one of them the current one. "
            + "The next trainer resumes there and trains again on what came after it. "
            + "Every trainer of the job must be stopped.",
    mixinStandardHelpOptions = true)
final class RollbackCommand implements Callable<Integer> {
  @Mixin private JobOptions job = new JobOptions();

  @Option(
      names = "--to",
      paramLabel = "NAME",
      description = "The checkpoint to go back to, as listed.")
  private @Nullable String to;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    JobConfig config = job.load();
    PrintWriter out = Main.out(spec);
    try (Cluster cluster = JobOptions.cluster(config)) {
      if (cluster.topics().find(config.topics().checkpoints()).isEmpty()) {
        throw new FailureException(
            "job '" + config.job() + "' has no topic '" + config.topics().checkpoints() + "'");
      }
    }
    Rollback rollback = new Rollback(config, new KafkaClients(config.kafka()));
    if (to == null) {
      list(out, rollback.kept());
    } else {
      CheckpointManifest current = rollback.to(to);
      out.printf(
          Locale.ROOT,
          "current checkpoint: %s, step %d; training resumes at batch offset %d%n",
          to,
          current.step(),
          current.batchOffset());
    }
    out.flush();
    return 0;
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
                      manifest.step(),
                      manifest.batchOffset(),
                      manifest.createdAt())));
      state = "earlier ";
    }
    if (kept.isEmpty()) {
      out.println("no checkpoint was announced yet");
    }
  }
}
