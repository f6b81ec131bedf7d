package dev.counterweight.learning;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A few functions written in TorchScript, which libtorch runs: a chain of operations on arrays is
 * then one native call, whatever their number, and every operation of PyTorch can be had. It runs
 * as written: the graph optimiser is off, which would compute a thread's first runs another way
 * than the later ones.
 *
 * <p>What functions keep from call to call are lists of arrays, empty at first. Owns native memory
 * until closed. Not thread-safe.
 */
final class NativeProgram implements AutoCloseable {
  private static final String CLASS = "Program";

  private final PtSymbolBlock module;

  /**
   * Compiles a program.
   *
   * @param lists names of the lists that it keeps, as {@code self.NAME}
   * @param functions methods in the dialect that PyTorch itself writes to a .pt file, {@code self}
   *     being of type {@code __torch__.Program}, indented by two
   * @throws ai.djl.engine.EngineException if it does not compile
   */
  NativeProgram(NDManager manager, List<String> lists, String functions) {
    try {
      this.module =
          JniUtils.loadModule(
              (PtNDManager) manager,
              new ByteArrayInputStream(archive(lists, functions)),
              false,
              false);
    } catch (IOException e) {
      throw new UncheckedIOException("an archive in memory could not be read", e);
    }
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
    // Per thread, and a thread's default is on.
    JniUtils.setGraphExecutorOptimize(false);
    return IValueUtils.runMethod(module, function, arguments);
  }

  /** An argument. */
  static IValue array(NDArray array) {
    return IValue.from((PtNDArray) array);
  }

  /** An argument of type List[Tensor]. */
  static IValue arrays(List<? extends NDArray> arrays) {
    return IValue.listFrom(arrays.toArray(PtNDArray[]::new));
  }

  @Override
  public void close() {
    module.close();
  }

  private static byte[] archive(List<String> lists, String functions) throws IOException {
    StringBuilder source = new StringBuilder("class " + CLASS + "(Module):\n");
    source.append("  __parameters__ = []\n  __buffers__ = []\n  training : bool\n");
    for (String list : lists) {
      source.append("  ").append(list).append(" : List[Tensor]\n");
    }
    source.append(functions);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      put(zip, "data.pkl", pickled(lists));
      put(zip, "code/__torch__.py", source.toString().getBytes(UTF_8));
      put(zip, "constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
      put(zip, "version", "3\n".getBytes(UTF_8));
    }
    return bytes.toByteArray();
  }

  private static void put(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
    zip.putNextEntry(new ZipEntry("program/" + name));
    zip.write(bytes);
    zip.closeEntry();
  }

  /** An object of the class, pickled: training is true, every list empty. */
  private static byte[] pickled(List<String> lists) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ascii(out, "\u0080\u0002c__torch__\n" + CLASS + "\n)\u0081}(");
    text(out, "training");
    out.write(0x88);
    for (String list : lists) {
      text(out, list);
      ascii(out, "ctorch.jit._pickle\nbuild_tensorlist\n(](etR");
    }
    ascii(out, "ub.");
    return out.toByteArray();
  }

  private static void text(ByteArrayOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(UTF_8);
    out.write('X');
    for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
      out.write(bytes.length >> shift);
    }
    out.write(bytes);
  }

  private static void ascii(ByteArrayOutputStream out, String codes) throws IOException {
    out.write(codes.getBytes(StandardCharsets.ISO_8859_1));
  }
}
