package dev.counterweight.cli;

import dev.counterweight.Python;
import dev.counterweight.exporting.Served;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** Serves events by the Python that docs/checkpoint.md prints, word for word. */
final class SkewPython {
  private static final String DRIVER =
      """

      score, views, serve = load(sys.argv[1]), forest(sys.argv[1]), server(sys.argv[1])
      with open(sys.argv[2]) as file:
          rows = [json.loads(line) for line in file]
      p, decisions = serve(score(rows), views(score.columns(rows)))
      numpy.concatenate([p, decisions[:, None]], 1).astype("<f8").tofile(sys.argv[3])
      """;

  private SkewPython() {}

  static Served served(Path folder, Path checkpoint, SkewRows rows)
      throws IOException, InterruptedException {
    Path events = folder.resolve("rows.jsonl");
    try (BufferedWriter out = Files.newBufferedWriter(events)) {
      for (int row = 0; row < rows.count(); row++) {
        out.write(rows.json(row) + "\n");
      }
    }
    String[] parts = Files.readString(Path.of("docs/checkpoint.md")).split("```python\n", -1);
    String code = code(parts[1]) + "\n" + code(parts[2]) + DRIVER;
    Path script = Files.writeString(folder.resolve("served.py"), code);
    Path result = folder.resolve("served.f64");

    Python.runWith(
        "torch", script.toString(), checkpoint.toString(), events.toString(), result.toString());

    DoubleBuffer told =
        ByteBuffer.wrap(Files.readAllBytes(result)).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer();
    double[] probabilities = new double[2 * rows.count()];
    int[] decisions = new int[rows.count()];
    for (int row = 0; row < rows.count(); row++) {
      probabilities[2 * row] = told.get(3 * row);
      probabilities[2 * row + 1] = told.get(3 * row + 1);
      decisions[row] = (int) told.get(3 * row + 2);
    }
    return new Served(probabilities, decisions);
  }

  private static String code(String part) {
    return part.substring(0, part.indexOf("```"));
  }
}
