package dev.counterweight.trainer;

import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Brings what was saved of a job to the form that it has since classes were added at the end: what
 * a run that has done nothing yet would save, with what was saved in its place. Rows of the last
 * layer that are new are thereby those that the seed gives, their moments 0; a new class has no
 * rows, no score above 0 and no correction.
 *
 * <p>No tensor is known by its name: a size follows from the number of classes if it is another
 * than that of the fresh run and becomes that one by the classes added: so many for each class, or
 * for each beside some others before them. Of parameters and their moments it is that number
 * itself. Immutable.
 */
final class AddedClasses {
  private final long before;
  private final long now;

  /**
   * @param before how many classes there were
   * @param now how many there are
   */
  AddedClasses(int before, int now) {
    this.before = before;
    this.now = now;
  }

  /**
   * The files of a checkpoint as they would be with the classes that there are now.
   *
   * @param saved {file name: safetensors}
   * @param fresh the same of a run that has done nothing yet
   * @throws dev.counterweight.tensor.MalformedTensorsException if a file is no safetensors file
   */
  SortedMap<String, byte[]> grow(SortedMap<String, byte[]> saved, SortedMap<String, byte[]> fresh) {
    SortedMap<String, byte[]> grown = new TreeMap<>(saved);
    grown.replaceAll(
        (file, bytes) -> {
          byte[] begun = fresh.get(file);
          return begun == null
              ? bytes
              : grow(
                      SafeTensors.parse(bytes),
                      SafeTensors.parse(begun).tensors(),
                      file.equals(StoredCheckpoint.STATE))
                  .toBytes();
        });
    return grown;
  }

  private SafeTensors grow(SafeTensors saved, Map<String, Tensor> fresh, boolean state) {
    SortedMap<String, Tensor> grown = new TreeMap<>(saved.tensors());
    grown.replaceAll(
        (name, tensor) -> {
          // What checkpoints served by is gone on from where recent labels are given up at once.
          Tensor begun = fresh.getOrDefault(name, fresh.get(LateLabels.plain(name)));
          return begun == null ? tensor : grow(tensor, begun, state);
        });
    return new SafeTensors(grown, saved.metadata());
  }

  /** What does not follow from the number of classes is left for who restores it to check. */
  private Tensor grow(Tensor saved, Tensor fresh, boolean state) {
    List<Long> shape = shape(saved.shape(), fresh.shape(), state);
    if (saved.getClass() != fresh.getClass() || shape.equals(saved.shape())) {
      return saved;
    }
    Object values = Array.newInstance(saved.values().getClass().getComponentType(), size(shape));
    if (shape.equals(fresh.shape())) {
      System.arraycopy(fresh.values(), 0, values, 0, Array.getLength(values));
    }
    copy(saved, shape, values);
    return of(values, shape);
  }

  private List<Long> shape(List<Long> saved, List<Long> fresh, boolean state) {
    List<Long> shape = new ArrayList<>(saved);
    for (int axis = 0; axis < saved.size() && saved.size() == fresh.size(); axis++) {
      long is = saved.get(axis);
      long must = fresh.get(axis);
      if (state ? grows(is, must) : is == before && must == now) {
        shape.set(axis, fresh.get(axis));
      }
    }
    return shape;
  }

  /** From m (K + a) to the same of more classes, a being what stands before them. */
  private boolean grows(long saved, long fresh) {
    long each = (fresh - saved) / (now - before);
    return each > 0
        && each * (now - before) == fresh - saved
        && saved % each == 0
        && saved >= each * before;
  }

  private static int size(List<Long> shape) {
    return Math.toIntExact(shape.stream().reduce(1L, Math::multiplyExact));
  }

  /** Puts a tensor at the beginning of every axis of a larger one. */
  private static void copy(Tensor from, List<Long> shape, Object into) {
    List<Long> own = from.shape();
    int last = own.size() - 1;
    int run = (int) (long) own.get(last);
    int[] index = new int[last];
    for (int at = 0; at < Array.getLength(from.values()); at += run) {
      int target = 0;
      int rest = at / run;
      for (int axis = last - 1; axis >= 0; axis--) {
        index[axis] = (int) (rest % own.get(axis));
        rest /= (int) (long) own.get(axis);
      }
      for (int axis = 0; axis < last; axis++) {
        target = (int) ((target + index[axis]) * shape.get(axis + 1));
      }
      System.arraycopy(from.values(), at, into, target, run);
    }
  }

  private static Tensor of(Object values, List<Long> shape) {
    if (values instanceof float[] floats) {
      return new Tensor.F32(floats, shape);
    } else if (values instanceof double[] doubles) {
      return new Tensor.F64(doubles, shape);
    } else if (values instanceof long[] longs) {
      return new Tensor.I64(longs, shape);
    } else if (values instanceof int[] ints) {
      return new Tensor.I32(ints, shape);
    }
    return new Tensor.U8((byte[]) values, shape);
  }
}
