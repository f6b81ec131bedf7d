package dev.counterweight.exporting;

import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.serving.Scratch;
import dev.counterweight.serving.ServedModel;
import java.util.Arrays;

/** What some model made of rows: K probabilities a row, and the class decided for, -1 for none. */
@SuppressWarnings("ArrayRecordComponent")
public record Served(double[] probabilities, int[] decisions) {

  public float[] floats() {
    float[] floats = new float[probabilities.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) probabilities[i];
    }
    return floats;
  }

  public long[] longs() {
    return Arrays.stream(decisions).asLongStream().toArray();
  }

  /** By the one path that trainer and scorer take. */
  public static Served of(StoredCheckpoint checkpoint, float[] columns, int rows) {
    try (ServedModel model = ServedCheckpoint.of(checkpoint)) {
      int k = model.classes().size();
      Scratch scratch = model.scratch();
      double[] probabilities = new double[rows * k];
      int[] decisions = new int[rows];
      for (int r = 0; r < rows; r++) {
        model.score(columns, r * model.features().columnCount(), scratch);
        System.arraycopy(scratch.probabilities(), 0, probabilities, r * k, k);
        decisions[r] = scratch.decision();
      }
      return new Served(probabilities, decisions);
    }
  }
}
