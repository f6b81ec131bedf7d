package dev.counterweight.quality;

import dev.counterweight.quality.Peers.Peer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Who is ahead on a stream: its jobs and the stored peers, by figure. */
final class Standings {
  /** Of which less is better. */
  private static final Set<String> LOSSES = Set.of("log_loss", "ece");

  private final Peers peers;

  Standings(Peers peers) {
    this.peers = peers;
  }

  private record Place(String name, double figure) {
    @Override
    public String toString() {
      return String.format(Locale.ROOT, "%s %.4f", name, figure);
    }
  }

  /**
   * A line a stream and figure, the best first; nothing of streams without peers.
   *
   * @param groups the runs of a variant on a stream, by seed
   */
  String of(List<List<QualityRun>> groups) {
    Map<String, List<List<QualityRun>>> byStream =
        groups.stream()
            .collect(
                Collectors.groupingBy(
                    group -> group.get(0).data(),
                    java.util.LinkedHashMap::new,
                    Collectors.toList()));
    StringBuilder text = new StringBuilder();
    byStream.forEach(
        (stream, jobs) -> {
          List<Peer> beside = peers.of(jobs.get(0).get(0));
          for (String figure : beside.isEmpty() ? List.<String>of() : QualityRun.FIGURES) {
            text.append("%s, %s: %s%n".formatted(stream, figure, places(jobs, beside, figure)));
          }
        });
    return text.toString();
  }

  private static String places(List<List<QualityRun>> jobs, List<Peer> peers, String figure) {
    List<Place> places = new ArrayList<>();
    for (List<QualityRun> job : jobs) {
      double median = Medians.of(job, figure);
      if (!Double.isNaN(median)) {
        places.add(new Place(job.get(0).variant(), median));
      }
    }
    for (Peer peer : peers) {
      Double value = peer.figures().get(figure);
      if (value != null) {
        places.add(new Place(peer.name(), value));
      }
    }
    Comparator<Place> order = Comparator.comparingDouble(Place::figure);
    places.sort(LOSSES.contains(figure) ? order : order.reversed());
    return places.stream().map(Place::toString).collect(Collectors.joining(", "));
  }
}
