package dev.counterweight.quality;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What other learners came to on the same streams, in the same order of events, scored first and
 * then learnt from: figures alone, from {@code quality/peers.csv}, which says how each was
 * measured.
 */
record Peers(List<Peer> all) {
  private static final String RESOURCE = "/quality/peers.csv";

  /**
   * One learner on one stream.
   *
   * @param events of the stream, from its first
   * @param figures by their names in the metrics, of those known
   */
  record Peer(String stream, long events, String name, Map<String, Double> figures) {
    Peer {
      figures = Map.copyOf(figures);
    }
  }

  Peers {
    all = List.copyOf(all);
  }

  /** Those stored beside this class. */
  static Peers stored() throws IOException {
    try (InputStream in = Objects.requireNonNull(Peers.class.getResourceAsStream(RESOURCE))) {
      return read(new BufferedReader(new InputStreamReader(in, UTF_8)).lines().toList());
    }
  }

  /** Reads a table with a header; lines that begin with # are remarks. */
  static Peers read(List<String> lines) {
    List<List<String>> rows =
        lines.stream()
            .filter(line -> !line.startsWith("#") && !line.isBlank())
            .map(line -> Arrays.asList(line.split(",", -1)))
            .toList();
    List<String> header = rows.get(0);
    List<Peer> all = new ArrayList<>();
    for (List<String> row : rows.subList(1, rows.size())) {
      Map<String, Double> figures = new LinkedHashMap<>();
      for (String figure : QualityRun.FIGURES) {
        String value = row.get(header.indexOf(figure));
        if (!value.isBlank()) {
          figures.put(figure, Double.valueOf(value));
        }
      }
      all.add(
          new Peer(
              row.get(header.indexOf("stream")),
              Long.parseLong(row.get(header.indexOf("events"))),
              row.get(header.indexOf("peer")),
              figures));
    }
    return new Peers(all);
  }

  /** Those of the same events as a run. */
  List<Peer> of(QualityRun run) {
    return all.stream()
        .filter(peer -> peer.stream().equals(run.data()) && peer.events() == run.events())
        .toList();
  }
}
