package dev.counterweight.quality;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * How a run went, in a hundred stretches of events, from its predictions and its snapshots. Not
 * thread-safe.
 */
final class Timeline {
  private static final int STRETCHES = 100;

  /** Stretches taken together where one alone has too few events of a rare class. */
  private static final int WINDOW = 10;

  private final List<String> classes;
  private final double width;
  private final double[][] rows;
  private final double[][] hits;
  private final double[][] served;
  private final Map<String, List<double[]>> weights = new LinkedHashMap<>();

  Timeline(List<String> classes, long events) {
    this.classes = classes;
    this.width = Math.max(1, (double) events / STRETCHES);
    this.rows = new double[STRETCHES][classes.size()];
    this.hits = new double[STRETCHES][classes.size()];
    this.served = new double[STRETCHES][classes.size()];
    classes.forEach(name -> weights.put(name, new ArrayList<>()));
  }

  void prediction(JsonNode one) {
    int at = (int) Math.min(STRETCHES - 1, one.path("offset").asLong() / width);
    int label = classes.indexOf(one.path("label").asText());
    rows[at][label]++;
    hits[at][label] += one.path("label").equals(one.path("decision")) ? 1 : 0;
    for (int c = 0; c < classes.size(); c++) {
      served[at][c] += one.path("served").get(c).doubleValue();
    }
  }

  /** Takes a snapshot of the class weights. */
  void snapshot(JsonNode snapshot) {
    double events = snapshot.path("covered").path("0").doubleValue();
    double least = Double.POSITIVE_INFINITY;
    for (JsonNode weight : snapshot.path("weights")) {
      least = Math.min(least, weight.doubleValue());
    }
    for (int c = 0; c < classes.size(); c++) {
      double ratio = snapshot.path("weights").path(c).doubleValue() / least;
      Objects.requireNonNull(weights.get(classes.get(c)))
          .add(new double[] {events, Math.log10(ratio)});
    }
  }

  /** {class: [events, recall]}. */
  Map<String, List<double[]>> recall() {
    return series((at, c) -> hits[at][c] / rows[at][c]);
  }

  /** [events, G-mean over the last {@value #WINDOW} stretches' classes]. */
  List<double[]> gmean() {
    List<double[]> line = new ArrayList<>();
    for (int at = 0; at < STRETCHES; at++) {
      double logs = 0;
      int seen = 0;
      for (int c = 0; c < classes.size(); c++) {
        double n = windowed(rows, at, c);
        if (n > 0) {
          logs += Math.log(windowed(hits, at, c) / n);
          seen++;
        }
      }
      if (seen > 0) {
        line.add(new double[] {(at + 1) * width, Math.exp(logs / seen)});
      }
    }
    return line;
  }

  /** {class: [events, share]}, and beside it the mean probability served for the class. */
  Map<String, List<double[]>> shares() {
    Map<String, List<double[]>> all = new TreeMap<>();
    series((at, c) -> rows[at][c] / total(at)).forEach((name, line) -> all.put(name, line));
    series((at, c) -> served[at][c] / total(at))
        .forEach((name, line) -> all.put(name + " served", line));
    return all;
  }

  /** {class: [events, log10 of its weight over the least]}. */
  Map<String, List<double[]>> weights() {
    return weights;
  }

  private interface Value {
    double of(int stretch, int c);
  }

  private Map<String, List<double[]>> series(Value value) {
    Map<String, List<double[]>> all = new LinkedHashMap<>();
    for (int c = 0; c < classes.size(); c++) {
      List<double[]> line = new ArrayList<>();
      for (int at = 0; at < STRETCHES; at++) {
        double y = value.of(at, c);
        if (Double.isFinite(y)) {
          line.add(new double[] {(at + 0.5) * width, y});
        }
      }
      all.put(classes.get(c), line);
    }
    return all;
  }

  private static double windowed(double[][] values, int at, int c) {
    double sum = 0;
    for (int i = Math.max(0, at - WINDOW + 1); i <= at; i++) {
      sum += values[i][c];
    }
    return sum;
  }

  private double total(int at) {
    double sum = 0;
    for (double n : rows[at]) {
      sum += n;
    }
    return sum;
  }
}
