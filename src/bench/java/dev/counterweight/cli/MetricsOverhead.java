package dev.counterweight.cli;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.counter.CounterRole;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.runtime.Health;
import dev.counterweight.runtime.HttpEndpoint;
import dev.counterweight.runtime.RoleRunner;
import dev.counterweight.runtime.Telemetry;
import dev.counterweight.sampler.SamplerRole;
import dev.counterweight.trainer.TrainerRole;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * What metrics cost: the same events through whole jobs by turns with metrics (scraped once a
 * second) and with meters that do nothing. By hand, with the class path of the tests: {@code
 * MetricsOverhead EVENTS PAIRS}. Prints events/s of each run and the median of the pairs' ratios;
 * the first pair warms up and does not count. A run's start takes some three seconds whatever the
 * events: take enough of them, 400,000 say, or the ratio is that of two starts.
 */
public final class MetricsOverhead {
  private MetricsOverhead() {}

  public static void main(String[] args) throws Exception {
    ShuttleEvents sent = ShuttleEvents.send(Integer.parseInt(args[0]), 2);
    List<Double> ratios = new ArrayList<>();
    for (int pair = 0; pair <= Integer.parseInt(args[1]); pair++) {
      // By turns first, so that whatever grows slower or faster favours neither.
      double on = pair % 2 == 0 ? measured(sent) : 0;
      double off = unmeasured(sent);
      on = pair % 2 == 0 ? on : measured(sent);
      System.out.printf("pair %d: on %,.0f, off %,.0f events/s, %.3f%n", pair, on, off, on / off);
      if (pair > 0) {
        ratios.add(on / off);
      }
    }
    Collections.sort(ratios);
    System.out.printf("on / off, median of %d: %.3f%n", ratios.size(), median(ratios));
    System.exit(0); // the shared broker's threads
  }

  private static double measured(ShuttleEvents sent) throws Exception {
    JobConfig config = config(sent);
    ScheduledExecutorService scraper = Executors.newSingleThreadScheduledExecutor();
    try (Telemetry telemetry = new Telemetry();
        HttpEndpoint endpoint =
            HttpEndpoint.start(config.metrics(), telemetry, Health.of(List.of()), Map.of())) {
      HttpRequest request = HttpRequest.newBuilder(URI.create(endpoint.url() + "/metrics")).build();
      HttpClient client = HttpClient.newHttpClient();
      var unused =
          scraper.scheduleAtFixedRate(
              () -> client.sendAsync(request, HttpResponse.BodyHandlers.ofString()).join(),
              0,
              1,
              TimeUnit.SECONDS);
      return eventsPerSecond(sent, config, telemetry.clients(config), telemetry.registry());
    } finally {
      scraper.shutdownNow();
    }
  }

  private static double unmeasured(ShuttleEvents sent) throws Exception {
    JobConfig config = config(sent);
    // A composite of nothing makes meters that do nothing.
    return eventsPerSecond(
        sent, config, new KafkaClients(config.kafka()), new CompositeMeterRegistry());
  }

  private static double eventsPerSecond(
      ShuttleEvents sent, JobConfig config, KafkaClients clients, MeterRegistry registry)
      throws Exception {
    Clock clock = Clock.systemUTC();
    RoleRunner runner =
        new RoleRunner(
            List.of(
                new CounterRole(config, clients, registry, clock, true),
                new SamplerRole(config, clients, registry, clock, true),
                new TrainerRole(config, clients, registry, clock, true)));
    long startNs = System.nanoTime();
    runner.start();
    runner.await();
    if (runner.failure() != null) {
      throw new IllegalStateException(runner.failure());
    }
    return sent.events() * 1e9 / (System.nanoTime() - startNs);
  }

  private static JobConfig config(ShuttleEvents sent) throws Exception {
    Path checkpoints = Files.createTempDirectory("overhead");
    Map<String, String> all = new HashMap<>();
    for (String line :
        sent.properties(SharedBroker.uniqueName("overhead"), checkpoints.toString())) {
      int equals = line.indexOf('=');
      all.put(line.substring(0, equals), line.substring(equals + 1));
    }
    return JobConfigLoader.load(all);
  }

  private static double median(List<Double> sorted) {
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
