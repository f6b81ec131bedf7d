package dev.counterweight.tensor;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * The tensors of one or more {@link Stateful}s, each declared once, and saved and restored by that.
 * Numbers are finite where they are saved and where they are restored, and, if so declared, not
 * below 0.
 *
 * <pre>{@code
 * state.in("calibrator.").doubles("parameters", parameters).number("rows", () -> rows, n -> rows = n);
 * }</pre>
 *
 * <p>An array that is restored belongs to the tensor: it may be kept, but not written to. Not
 * thread-safe.
 */
public final class State {
  private final List<Consumer<SortedMap<String, Tensor>>> savers;
  private final List<Function<SafeTensors, Runnable>> checks;
  private final Set<String> notNegative;
  private final Set<String> mayBeMissing;
  private final String prefix;

  private State(
      List<Consumer<SortedMap<String, Tensor>>> savers,
      List<Function<SafeTensors, Runnable>> checks,
      Set<String> notNegative,
      Set<String> mayBeMissing,
      String prefix) {
    this.savers = savers;
    this.checks = checks;
    this.notNegative = notNegative;
    this.mayBeMissing = mayBeMissing;
    this.prefix = prefix;
  }

  /** What these declare, in turn. */
  public static State of(Stateful... owners) {
    State state =
        new State(new ArrayList<>(), new ArrayList<>(), new HashSet<>(), new HashSet<>(), "");
    for (Stateful owner : owners) {
      owner.declare(state);
    }
    return state;
  }

  /** This state, where names get a prefix more. */
  public State in(String prefix) {
    return new State(savers, checks, notNegative, mayBeMissing, this.prefix + prefix);
  }

  /** F64, kept in {@code values}; of one dimension unless a shape is given. */
  public State doubles(String name, double[] values, long... shape) {
    return doubles(name, values::clone, saved -> copy(saved, values), shape(values.length, shape));
  }

  /**
   * F64.
   *
   * @param save gives an array that nobody writes to any more
   * @param shape {@link SafeTensors#ANY} for one size that is free
   */
  public State doubles(
      String name, Supplier<double[]> save, Consumer<double[]> restore, long... shape) {
    return tensor(name, save, restore, shape, Tensor.F64::new, (in, n) -> in.doubles(n, shape));
  }

  /** F32; as {@link #doubles(String, Supplier, Consumer, long...)}. */
  public State floats(
      String name, Supplier<float[]> save, Consumer<float[]> restore, long... shape) {
    return tensor(name, save, restore, shape, Tensor.F32::new, (in, n) -> in.floats(n, shape));
  }

  /** I64, kept in {@code values}; of one dimension unless a shape is given. */
  public State longs(String name, long[] values, long... shape) {
    return longs(name, values::clone, saved -> copy(saved, values), shape(values.length, shape));
  }

  /** I64; as {@link #doubles(String, Supplier, Consumer, long...)}. */
  public State longs(String name, Supplier<long[]> save, Consumer<long[]> restore, long... shape) {
    return tensor(name, save, restore, shape, Tensor.I64::new, (in, n) -> in.longs(n, shape));
  }

  /** U8, kept in {@code values}. */
  public State bytes(String name, byte[] values) {
    long[] shape = {values.length};
    return tensor(
        name,
        values::clone,
        saved -> copy(saved, values),
        shape,
        Tensor.U8::new,
        (in, n) -> in.bytes(n, shape));
  }

  /** F64[1]. */
  public State number(String name, DoubleSupplier save, DoubleConsumer restore) {
    return doubles(name, () -> new double[] {save.getAsDouble()}, v -> restore.accept(v[0]), 1);
  }

  /** I64[1], not below 0. */
  public State count(String name, LongSupplier save, LongConsumer restore) {
    return longs(name, () -> new long[] {save.getAsLong()}, v -> restore.accept(v[0]), 1)
        .notNegative(name);
  }

  /**
   * What is no field by itself.
   *
   * @param save puts tensors, by their whole names
   * @param check reads them, and gives what takes them over once all of the state is checked
   */
  public State part(
      Consumer<SortedMap<String, Tensor>> save, Function<SafeTensors, Runnable> check) {
    savers.add(save);
    checks.add(check);
    return this;
  }

  /**
   * What others declare, under this one's prefix.
   *
   * @param check gives what takes them over, as {@code others} would, perhaps from tensors of other
   *     names
   */
  public State part(State others, Function<SafeTensors, Runnable> check) {
    others.notNegative.forEach(name -> notNegative.add(prefix + name));
    others.mayBeMissing.forEach(name -> mayBeMissing.add(prefix + name));
    return part(
        out -> others.collect().forEach((name, tensor) -> out.put(prefix + name, tensor)), check);
  }

  /** What is to be done once all that was declared before is restored. */
  public State restored(Runnable action) {
    return part(out -> {}, in -> action);
  }

  /** These tensors' numbers are not below 0 either. */
  public State notNegative(String... names) {
    Arrays.stream(names).map(prefix::concat).forEach(notNegative::add);
    return this;
  }

  /** These tensors' numbers may be NaN, which stands for one that is missing. */
  public State mayBeMissing(String... names) {
    Arrays.stream(names).map(prefix::concat).forEach(mayBeMissing::add);
    return this;
  }

  /**
   * A copy of it all.
   *
   * @throws MalformedTensorsException naming the first tensor that breaks its rule
   */
  public SortedMap<String, Tensor> save() {
    SortedMap<String, Tensor> tensors = collect();
    require(tensors);
    return tensors;
  }

  /** What {@link #save} would refuse, in words; empty if nothing. */
  public Optional<String> unsound() {
    return broken(collect());
  }

  /**
   * Checks tensors; those that are not declared are ignored.
   *
   * @return what takes them over
   * @throws MalformedTensorsException naming the first that is missing, of another form or breaks
   *     its rule
   */
  public Runnable check(SortedMap<String, Tensor> tensors) {
    SortedMap<String, Tensor> own = new TreeMap<>(tensors);
    own.keySet().retainAll(collect().keySet());
    require(own);
    SafeTensors in = new SafeTensors(tensors);
    List<Runnable> takes = checks.stream().map(check -> check.apply(in)).toList();
    return () -> takes.forEach(Runnable::run);
  }

  private <A> State tensor(
      String name,
      Supplier<A> save,
      Consumer<A> restore,
      long[] shape,
      BiFunction<A, long[], Tensor> make,
      BiFunction<SafeTensors, String, A> read) {
    String full = prefix + name;
    return part(
        out -> {
          A values = save.get();
          out.put(full, make.apply(values, sized(Array.getLength(values), shape)));
        },
        in -> {
          A values = read.apply(in, full);
          return () -> restore.accept(values);
        });
  }

  private SortedMap<String, Tensor> collect() {
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    savers.forEach(saver -> saver.accept(tensors));
    return tensors;
  }

  private void require(SortedMap<String, Tensor> tensors) {
    Optional<String> broken = broken(tensors);
    if (broken.isPresent()) {
      throw new MalformedTensorsException(broken.get());
    }
  }

  private Optional<String> broken(SortedMap<String, Tensor> tensors) {
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      String name = entry.getKey();
      boolean missing = mayBeMissing.contains(name);
      if (numbers(entry.getValue())
          .anyMatch(value -> !Double.isFinite(value) && !(missing && Double.isNaN(value)))) {
        return Optional.of("tensor '%s' has a value that is not a finite number".formatted(name));
      }
      OptionalDouble least =
          notNegative.contains(name) ? numbers(entry.getValue()).min() : OptionalDouble.empty();
      if (least.orElse(0) < 0) {
        return Optional.of(
            "tensor '%s' is %s: must not be below 0".formatted(name, least.getAsDouble()));
      }
    }
    return Optional.empty();
  }

  private static DoubleStream numbers(Tensor tensor) {
    if (tensor instanceof Tensor.F64 t) {
      return Arrays.stream(t.values());
    }
    if (tensor instanceof Tensor.F32 t) {
      return IntStream.range(0, t.values().length).mapToDouble(i -> t.values()[i]);
    }
    return tensor instanceof Tensor.I64 t
        ? Arrays.stream(t.values()).asDoubleStream()
        : DoubleStream.empty();
  }

  private static void copy(Object from, Object to) {
    System.arraycopy(from, 0, to, 0, Array.getLength(to));
  }

  private static long[] shape(int length, long... shape) {
    return shape.length == 0 ? new long[] {length} : shape;
  }

  /** A shape with the free size worked out. */
  private static long[] sized(int length, long... shape) {
    long others =
        Arrays.stream(shape).filter(size -> size != SafeTensors.ANY).reduce(1, (a, b) -> a * b);
    return Arrays.stream(shape)
        .map(size -> size == SafeTensors.ANY ? length / others : size)
        .toArray();
  }
}
