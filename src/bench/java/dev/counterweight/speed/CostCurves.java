package dev.counterweight.speed;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Curves of cost over size, both axes by decades, as SVG. */
final class CostCurves {
  private static final int WIDTH = 480;
  private static final int HEIGHT = 300;
  private static final int MARGIN = 50;
  private static final int DECADES = 4;
  private static final List<String> COLOURS = List.of("#0072b2", "#d55e00", "#009e73", "#cc79a7");

  private CostCurves() {}

  /** Of {name: points of size and microseconds}; both from 1 to 10,000. */
  static String svg(Map<String, List<double[]>> curves) {
    StringBuilder svg =
        new StringBuilder(
            format(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\""
                    + " font-family=\"sans-serif\" font-size=\"11\">%n<rect width=\"100%%\""
                    + " height=\"100%%\" fill=\"#fff\"/>%n",
                WIDTH + 90, HEIGHT));
    for (int decade = 0; decade <= DECADES; decade++) {
      double x = x(Math.pow(10, decade));
      double y = y(Math.pow(10, decade));
      svg.append(format("<path stroke=\"#ddd\" d=\"M%.0f 20V%d\"/>%n", x, HEIGHT - MARGIN));
      svg.append(format("<path stroke=\"#ddd\" d=\"M%d %.0fH%d\"/>%n", MARGIN, y, WIDTH));
      svg.append(text(x - 8, HEIGHT - MARGIN + 16, "#666", "" + (long) Math.pow(10, decade)));
      svg.append(text(6, y + 4, "#666", "" + (long) Math.pow(10, decade)));
    }
    svg.append(text(6, 14, "#000", "processor time an event, us"));
    svg.append(text(WIDTH - 40, HEIGHT - 14, "#000", "size"));
    int number = 0;
    for (Map.Entry<String, List<double[]>> curve : curves.entrySet()) {
      String colour = COLOURS.get(number % COLOURS.size());
      svg.append(curve(curve.getValue(), colour));
      svg.append(text(WIDTH + 8, 34 + 16 * number, colour, curve.getKey()));
      number++;
    }
    return svg.append("</svg>\n").toString();
  }

  private static String curve(List<double[]> points, String colour) {
    StringBuilder path = new StringBuilder();
    for (double[] point : points) {
      path.append(format("%s%.1f %.1f", path.isEmpty() ? "M" : "L", x(point[0]), y(point[1])));
    }
    return format(
        "<path fill=\"none\" stroke=\"%s\" stroke-width=\"2\" d=\"%s\"/>%n", colour, path);
  }

  private static double x(double size) {
    return MARGIN + share(size) * (WIDTH - MARGIN);
  }

  private static double y(double us) {
    return HEIGHT - MARGIN - share(us) * (HEIGHT - MARGIN - 20);
  }

  private static double share(double value) {
    return Math.min(1, Math.log10(Math.max(1, value)) / DECADES);
  }

  private static String text(double x, double y, String colour, String text) {
    return format("<text x=\"%.0f\" y=\"%.0f\" fill=\"%s\">%s</text>%n", x, y, colour, text);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
