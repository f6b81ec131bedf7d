package dev.counterweight.tensor;

import org.jspecify.annotations.Nullable;

/** Bytes that are not the safetensors file they should be; the message names what is wrong. */
public final class MalformedTensorsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public MalformedTensorsException(String message) {
    super(message);
  }

  public MalformedTensorsException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
