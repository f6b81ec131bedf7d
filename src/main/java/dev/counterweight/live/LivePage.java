package dev.counterweight.live;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.LabelsConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.runtime.Answer;
import dev.counterweight.runtime.Resource;
import dev.counterweight.runtime.RoleView;
import java.net.URLDecoder;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * A page for a browser that shows what jobs do right now, at {@code /}; what it shows comes from
 * {@code /status} as JSON. Everything it needs is served from here. It reads the jobs' topics, so
 * that any of a job's processes shows the whole job, and tells what it may not see.
 *
 * <p>Closing it ends its threads. Thread-safe.
 */
public final class LivePage implements AutoCloseable {
  private static final Map<String, String> SECURE =
      Map.of(
          "Content-Security-Policy",
          "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
          "Referrer-Policy",
          "no-referrer",
          "Cache-Control",
          "no-cache");

  private final Clock clock;
  private final List<Watched> jobs;
  private final Map<String, Function<String, Answer>> pages = new HashMap<>();

  /**
   * A job to show.
   *
   * @param roles those of this process
   */
  public record Job(JobConfig config, List<RoleView> roles) {
    public Job {
      roles = List.copyOf(roles);
    }
  }

  private record Watched(Job job, Watcher watcher) {
    String name() {
      return job.config().job();
    }
  }

  private LivePage(List<Job> jobs, Clock clock) {
    this.clock = clock;
    List<Watched> all = new ArrayList<>();
    for (Job job : jobs) {
      KafkaClients clients = new KafkaClients(job.config().kafka());
      all.add(
          new Watched(
              job,
              new Watcher(
                  job.config().topics(),
                  job.roles(),
                  neverMs(job.config()),
                  fields(job.config()),
                  clients,
                  clock)));
    }
    this.jobs = List.copyOf(all);
    String here = "/dev/counterweight/live/";
    asset("/", here + "page.html", "text/html");
    asset("/assets/tokens.css", Resource.TOKENS_CSS, "text/css");
    asset("/assets/page.css", here + "page.css", "text/css");
    asset("/assets/page.js", here + "page.js", "text/javascript");
    for (String module :
        List.of(
            "alerts",
            "answers",
            "charts",
            "classes",
            "decisions",
            "dom",
            "features",
            "format",
            "letters",
            "rows",
            "ticks")) {
      asset("/assets/" + module + ".js", here + module + ".js", "text/javascript");
    }
    asset("/assets/icon.svg", here + "icon.svg", "image/svg+xml");
    asset("/assets/chart.umd.js", Resource.CHART_JS, "text/javascript");
    pages.put("/status", this::status);
  }

  /** Begins to watch jobs, at least one; the first is the one shown if none is asked for. */
  public static LivePage start(List<Job> jobs, Clock clock) {
    if (jobs.isEmpty()) {
      throw new IllegalArgumentException("a live page needs a job");
    }
    LivePage page = new LivePage(jobs, clock);
    page.jobs.forEach(job -> job.watcher().start());
    return page;
  }

  /** What it serves, by path. */
  public Map<String, Function<String, Answer>> pages() {
    return Map.copyOf(pages);
  }

  @Override
  public void close() {
    for (int i = jobs.size() - 1; i >= 0; i--) {
      jobs.get(i).watcher().close();
    }
  }

  /** What an event has waited that is written without a label; -1 where none is. */
  private static long neverMs(JobConfig config) {
    LabelsConfig labels = config.labels();
    return labels == null || labels.missing() == LabelsConfig.DROP ? -1 : labels.waitMs();
  }

  /** Names of fields that are configured: what an example of a dead letter may name. */
  private static Set<String> fields(JobConfig config) {
    Set<String> fields = new HashSet<>();
    for (EventsConfig source : config.sources()) {
      fields.addAll(source.schema().features().names());
      source.schema().features().features().forEach(one -> fields.add(one.path().text()));
      source.schema().head().forEach(path -> fields.add(path.text()));
    }
    return fields;
  }

  private Answer status(String query) {
    String asked = parameter(query, "job").orElse(jobs.get(0).name());
    Optional<Watched> found = jobs.stream().filter(job -> job.name().equals(asked)).findFirst();
    if (found.isEmpty()) {
      return Answer.json(404, "{\"error\":\"no such job in this process\"}");
    }
    long since;
    try {
      since = parameter(query, "since").map(Long::parseLong).orElse(0L);
    } catch (NumberFormatException e) {
      return Answer.json(400, "{\"error\":\"since must be a whole number\"}");
    }
    Watched watched = found.get();
    return Answer.json(
        200,
        StatusJson.of(
            jobs.stream().map(Watched::name).toList(),
            watched.job().config().topics(),
            watched.job().roles(),
            watched.watcher().view(),
            since,
            clock.millis()));
  }

  private static Optional<String> parameter(String query, String name) {
    for (String part : query.split("&")) {
      if (part.startsWith(name + "=")) {
        try {
          return Optional.of(URLDecoder.decode(part.substring(name.length() + 1), UTF_8));
        } catch (IllegalArgumentException e) {
          return Optional.of("");
        }
      }
    }
    return Optional.empty();
  }

  private void asset(String path, String resource, String type) {
    boolean text = !type.startsWith("image/");
    byte[] body = text ? Resource.text(resource).getBytes(UTF_8) : Resource.bytes(resource);
    Answer answer = new Answer(200, text ? type + "; charset=utf-8" : type, body, SECURE);
    pages.put(path, query -> answer);
  }
}
