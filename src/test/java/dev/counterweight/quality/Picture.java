package dev.counterweight.quality;

import dev.counterweight.quality.Peers.Peer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A stream's G-mean over its events: each job's, and across it the peers' of the whole stream. */
final class Picture {
  /** Lines stand on a whole tenth below the lowest. */
  private static final int STEPS = 10;

  private Picture() {}

  /**
   * @param jobs the runs of each variant on the stream, by seed
   */
  static Plot of(List<List<QualityRun>> jobs, List<Peer> peers) {
    QualityRun any = jobs.get(0).get(0);
    Map<String, List<double[]>> lines = new LinkedHashMap<>();
    for (List<QualityRun> job : jobs) {
      List<List<double[]>> seeds =
          job.stream()
              .map(QualityRun::watched)
              .filter(Objects::nonNull)
              .map(watched -> watched.timeline().gmean())
              .toList();
      if (!seeds.isEmpty()) {
        lines.put(job.get(0).variant(), middle(seeds));
      }
    }
    Map<String, List<double[]>> flat = new LinkedHashMap<>();
    for (Peer peer : peers) {
      Double gmean = peer.figures().get("gmean");
      if (gmean != null) {
        flat.put(peer.name(), List.of(at(0, gmean), at(any.events(), gmean)));
      }
    }
    lines.putAll(flat);
    return new Plot(
        any.data() + ": G-mean of the last tenth; dashed: peers, of all events",
        "events",
        Math.max(1, any.events()),
        bottom(lines.values()),
        1,
        lines,
        flat.keySet());
  }

  /** All have a point wherever one has: every event is scored. */
  private static List<double[]> middle(List<List<double[]>> seeds) {
    List<double[]> line = new ArrayList<>();
    for (int i = 0; i < seeds.get(0).size(); i++) {
      int point = i;
      double[] values = seeds.stream().mapToDouble(seed -> seed.get(point)[1]).toArray();
      line.add(at(seeds.get(0).get(i)[0], Medians.of(values)));
    }
    return line;
  }

  private static double[] at(double x, double y) {
    return new double[] {x, y};
  }

  private static double bottom(Iterable<List<double[]>> lines) {
    double least = 1;
    for (List<double[]> line : lines) {
      for (double[] point : line) {
        least = Math.min(least, point[1]);
      }
    }
    return Math.max(0, Math.min(STEPS - 1, Math.floor(least * STEPS))) / STEPS;
  }
}
