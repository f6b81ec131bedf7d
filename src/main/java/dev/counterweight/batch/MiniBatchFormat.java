package dev.counterweight.batch;

/** placeholder of signatures. */
public final class MiniBatchFormat {
  private MiniBatchFormat() {}

  public static byte[] write(MiniBatch batch) {
    throw new UnsupportedOperationException();
  }

  public static MiniBatch read(byte[] bytes) {
    throw new UnsupportedOperationException();
  }

  /** Only the metadata: spans, end, version; features are not decoded. */
  public static MiniBatch.Origin origin(byte[] bytes) {
    throw new UnsupportedOperationException();
  }
}
