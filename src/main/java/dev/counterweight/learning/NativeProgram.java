package dev.counterweight.learning;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A few functions written in TorchScript, which libtorch runs: a chain of operations on arrays is
 * then one native call, whatever their number, and every operation of PyTorch can be had. It runs
 * as written: the graph optimiser is off, which would compute a thread's first runs another way
 * than the later ones.
 *
 * <p>What functions keep from call to call are lists of arrays, empty at first. To be closed: it
 * then lets go of them. Not thread-safe.
 */
final class NativeProgram implements AutoCloseable {
  private final CompiledProgram compiled;
  private boolean closed;

  /**
   * A program, compiled unless there is one of the same text that was closed.
   *
   * @param lists names of the lists that it keeps, as {@code self.NAME}
   * @param functions methods in the dialect that PyTorch itself writes to a .pt file, {@code self}
   *     being of type {@code __torch__.Program}, indented by two
   * @throws EngineException if it does not compile
   */
  NativeProgram(NDManager manager, List<String> lists, String functions) {
    compiled = CompiledProgram.of(manager.getDevice(), lists, functions);
  }

  /** Functions that stand in the resource {@code NAME.torchscript}, each {@code $KEY} replaced. */
  static String script(String name, Map<String, ?> values) {
    try (InputStream in = NativeProgram.class.getResourceAsStream(name + ".torchscript")) {
      String text = new String(Objects.requireNonNull(in, name).readAllBytes(), UTF_8);
      for (Map.Entry<String, ?> value : values.entrySet()) {
        text = text.replace("$" + value.getKey(), value.getValue().toString());
      }
      return text;
    } catch (IOException e) {
      throw new UncheckedIOException(name, e);
    }
  }

  /** Runs a function; arguments and result are the caller's to close. */
  IValue run(String function, IValue... arguments) {
    if (closed) {
      throw new IllegalStateException("a program that is closed");
    }
    // Per thread, and a thread's default is on.
    JniUtils.setGraphExecutorOptimize(false);
    return IValueUtils.runMethod(compiled.module(), function, arguments);
  }

  /** An argument. */
  static IValue array(NDArray array) {
    return IValue.from((PtNDArray) array);
  }

  /** An argument of type List[Tensor]. */
  static IValue arrays(List<? extends NDArray> arrays) {
    return IValue.listFrom(arrays.toArray(PtNDArray[]::new));
  }

  /** What runs. */
  CompiledProgram compiled() {
    return compiled;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    try {
      run(ProgramArchive.EMPTY).close();
      compiled.keep();
    } catch (EngineException e) {
      compiled.drop();
    }
    closed = true;
  }
}
