package dev.counterweight.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.Python;
import dev.counterweight.protocol.Span;
import dev.counterweight.protocol.StreamIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's Python, word for word, on a record that we wrote. */
class PythonReaderTest {
  @TempDir Path folder;

  @Test
  void theReadmesReaderUnderstandsABatchRecord() throws Exception {
    Path record = folder.resolve("record.safetensors");
    Files.write(record, MiniBatchFormat.write(Batches.replacing(batch(), 0, -1), 2));
    Path script = folder.resolve("read.py");
    Files.writeString(
        script,
        readmesReader()
            + """

            import sys
            t, meta = read(open(sys.argv[1], "rb").read())
            print(t["features"].tolist(), t["labels"].tolist(), t["loss_weight"].tolist())
            print(t["fresh"].tolist(), t["source_offset"].tolist(), t["uses"].tolist())
            print(json.loads(meta["spans"]), meta["job"])
            print(t["replaces"].tolist())
            """);

    Python.Outcome outcome = Python.run(script.toString(), record.toString());

    assertThat(outcome.output())
        .isEqualTo(
            """
            [[1.5, -2.0], [3.0, 4.0]] [1, 0] [0.25, 4.0]
            [1, 0] [7, 9007199254740993] [0.5, 64.0]
            {'0': [3, 9]} fraud
            [0, -1]
            """);
  }

  private static String readmesReader() throws IOException {
    String readme = Files.readString(Path.of("README.md"));
    int start = readme.indexOf("```python\n") + "```python\n".length();
    return readme.substring(start, readme.indexOf("```", start));
  }

  private static MiniBatch batch() {
    return new MiniBatch(
        new MiniBatch.Draws(
            new float[] {1.5f, -2, 3, 4},
            new long[] {1, 0},
            new float[] {0.25f, 4},
            new int[2],
            new long[] {7, 9_007_199_254_740_993L},
            new byte[] {1, 0}),
        Batches.NO_ROWS,
        MiniBatch.Known.nothing(2),
        new float[] {0.9f, 0.1f},
        new float[] {1, 9},
        new float[] {0.5f, 64},
        new MiniBatch.Origin(
            "fraud",
            1,
            new TreeMap<>(Map.of(0, new Span(3, 9))),
            new TreeMap<>(),
            0,
            1,
            new StreamIdentity("c", "t"),
            null));
  }
}
