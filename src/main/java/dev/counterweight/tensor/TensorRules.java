package dev.counterweight.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/** What is demanded of tensors before a model is made of them. */
public final class TensorRules {
  private TensorRules() {}

  /**
   * Demands the same tensors, of the same types and shapes.
   *
   * @throws MalformedTensorsException naming every one that differs
   */
  public static void requireShapes(
      SortedMap<String, Tensor> found, SortedMap<String, Tensor> wanted) {
    List<String> differences = new ArrayList<>();
    SortedSet<String> names = new TreeSet<>(wanted.keySet());
    names.addAll(found.keySet());
    for (String name : names) {
      Tensor is = found.get(name);
      Tensor must = wanted.get(name);
      if (is == null) {
        differences.add("tensor '%s' is missing".formatted(name));
      } else if (must == null) {
        differences.add("tensor '%s' is none of this model's".formatted(name));
      } else if (!is.shape().equals(must.shape()) || !is.getClass().equals(must.getClass())) {
        differences.add("tensor '%s' is %s and must be %s".formatted(name, form(is), form(must)));
      }
    }
    if (!differences.isEmpty()) {
      throw new MalformedTensorsException(String.join("; ", differences));
    }
  }

  private static String form(Tensor tensor) {
    return tensor.getClass().getSimpleName() + tensor.shape();
  }

  /**
   * Demands finite numbers. Waiting rows apart, nothing that training goes on from is ever NaN or
   * infinite.
   *
   * @throws MalformedTensorsException naming the first that is not
   */
  public static void requireFinite(SortedMap<String, Tensor> tensors) {
    Optional<String> found = notFinite(tensors);
    if (found.isPresent()) {
      throw new MalformedTensorsException(found.get());
    }
  }

  /** What {@link #requireFinite} finds first, in words. */
  public static Optional<String> notFinite(SortedMap<String, Tensor> tensors) {
    return tensors.entrySet().stream()
        .filter(e -> !finite(e.getKey(), e.getValue()))
        .findFirst()
        .map(e -> "tensor '%s' has a value that is not a finite number".formatted(e.getKey()));
  }

  /** Whether {@link #requireFinite} finds nothing. */
  public static boolean finite(SortedMap<String, Tensor> tensors) {
    return notFinite(tensors).isEmpty();
  }

  private static boolean finite(String name, Tensor tensor) {
    if (tensor instanceof Tensor.F64 doubles) {
      return Arrays.stream(doubles.values()).allMatch(Double::isFinite);
    }
    return !(tensor instanceof Tensor.F32 floats)
        || name.startsWith("pending.")
        || finite(floats.values());
  }

  /** Whether none is NaN or infinite. */
  public static boolean finite(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }
}
