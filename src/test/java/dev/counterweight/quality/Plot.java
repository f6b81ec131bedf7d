package dev.counterweight.quality;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Lines over a common x, as SVG.
 *
 * @param lines {name: points [x, y]}; y in {@code bottom} to {@code top}
 * @param dashed names of lines
 */
record Plot(
    String title,
    String xLabel,
    double right,
    double bottom,
    double top,
    Map<String, List<double[]>> lines,
    Set<String> dashed) {
  private static final int WIDTH = 460;
  private static final int HEIGHT = 260;
  private static final int LEFT = 44;
  private static final int BOTTOM = 34;
  private static final int HEAD = 26;
  private static final int TICKS = 4;
  private static final int MAX_NAMES = 12;
  private static final List<String> COLOURS =
      List.of(
          "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a6d00", "#666666");

  private static final String STYLE =
      "svg{background:#fff;font:11px sans-serif}.grid{stroke:#ddd}.title{font-weight:bold}"
          + ".tick{fill:#666}";

  Plot {
    lines = new LinkedHashMap<>(lines);
    dashed = Set.copyOf(dashed);
  }

  Plot(String title, String xLabel, double right, double top, Map<String, List<double[]>> lines) {
    this(title, xLabel, right, 0, top, lines, Set.of());
  }

  /** A file of its own. */
  String file() {
    int end = "<svg ".length();
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" "
        + svg().substring(end).replaceFirst(">", "><style>" + STYLE + "</style>");
  }

  String svg() {
    StringBuilder svg = new StringBuilder();
    int key = Math.min(lines.size(), MAX_NAMES) * 14 + HEAD;
    int height = Math.max(HEIGHT, key + BOTTOM);
    svg.append("<svg viewBox=\"0 0 %d %d\" role=\"img\">".formatted(WIDTH + 130, height))
        .append(text(LEFT, 16, "title", title));
    for (int i = 0; i <= TICKS; i++) {
      double x = right * i / TICKS;
      double y = bottom + (top - bottom) * i / TICKS;
      svg.append(format("<path class=\"grid\" d=\"M%d %.1fH%d\"/>", LEFT, y(y), WIDTH))
          .append(text(2, y(y) + 4, "tick", shortened(y)))
          .append(text(x(x) - 8, HEIGHT - BOTTOM + 14, "tick", shortened(x)));
    }
    svg.append(text(WIDTH - 60, HEIGHT - 4, "tick", xLabel));
    int number = 0;
    for (Map.Entry<String, List<double[]>> line : lines.entrySet()) {
      String colour = COLOURS.get(number % COLOURS.size());
      svg.append(
          format(
              "<path fill=\"none\" stroke=\"%s\"%s d=\"%s\"/>",
              colour,
              dashed.contains(line.getKey()) ? " stroke-dasharray=\"4 3\"" : "",
              path(line.getValue())));
      if (number < MAX_NAMES) {
        svg.append(
            format(
                "<text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>",
                WIDTH + 8, HEAD + 10 + 14 * number, colour, escape(line.getKey())));
      }
      number++;
    }
    return svg.append("</svg>\n").toString();
  }

  private String path(List<double[]> points) {
    StringBuilder path = new StringBuilder();
    for (double[] point : points) {
      path.append(format("%s%.1f %.1f", path.isEmpty() ? "M" : "L", x(point[0]), y(point[1])));
    }
    return path.toString();
  }

  private double x(double value) {
    return LEFT + value / right * (WIDTH - LEFT);
  }

  private double y(double value) {
    double share = Math.max(0, Math.min(1, (value - bottom) / (top - bottom)));
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - HEAD);
  }

  private static String text(double x, double y, String kind, String text) {
    return format("<text class=\"%s\" x=\"%.0f\" y=\"%.0f\">%s</text>", kind, x, y, escape(text));
  }

  private static String shortened(double value) {
    return value >= 1000 ? format("%.0fk", value / 1000) : format("%.2f", value);
  }

  static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
