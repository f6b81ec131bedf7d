package dev.counterweight.exporting;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A calculation as a TorchScript module, in the form in which PyTorch itself saves one: {@code
 * forward(features: Dict[str, Tensor])} gives the probabilities, float32 [n, K], and the place of
 * the class decided for, int64 [n], -1 where a row cannot be scored. Its attributes {@code
 * features} and {@code classes} have their names, {@code about} what else is told. Stateless.
 */
final class TorchScriptFile {
  static final String CLASS = "Served";
  private static final String FOLDER = "served/";

  private TorchScriptFile() {}

  /** The file's bytes. */
  static byte[] of(Calculation calculation, List<String> classes, Map<String, String> about) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      put(zip, "data.pkl", pickled(calculation, classes, about));
      put(zip, "code/__torch__.py", source(calculation).getBytes(UTF_8));
      put(zip, "constants.pkl", Pickle.EMPTY_TUPLE);
      put(zip, "version", "3\n".getBytes(UTF_8));
      int place = 0;
      for (Tensor tensor : calculation.constants().values()) {
        put(zip, "data/" + place, tensor.toBytes());
        place++;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("an archive in memory could not be written", e);
    }
    return bytes.toByteArray();
  }

  /** Stored as it is, which is what PyTorch does. */
  private static void put(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
    ZipEntry entry = new ZipEntry(FOLDER + name);
    CRC32 crc = new CRC32();
    crc.update(bytes);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(bytes.length);
    entry.setCrc(crc.getValue());
    entry.setTime(0);
    zip.putNextEntry(entry);
    zip.write(bytes);
    zip.closeEntry();
  }

  private static byte[] pickled(
      Calculation calculation, List<String> classes, Map<String, String> about) {
    Pickle pickle = new Pickle().begin(CLASS);
    pickle.key("training").no();
    pickle
        .key("features")
        .texts(calculation.inputs().stream().map(Calculation.Input::feature).toList());
    pickle.key("classes").texts(classes);
    pickle.key("about").texts(about);
    int place = 0;
    for (Map.Entry<String, Tensor> constant : calculation.constants().entrySet()) {
      pickle.key(constant.getKey()).tensor(constant.getValue(), Integer.toString(place));
      place++;
    }
    return pickle.end();
  }

  private static String source(Calculation calculation) {
    List<String> lines = new ArrayList<>();
    lines.add("class " + CLASS + "(Module):");
    lines.add("  __parameters__ = []");
    StringBuilder buffers = new StringBuilder("  __buffers__ = [");
    calculation
        .constants()
        .keySet()
        .forEach(name -> buffers.append('"').append(name).append("\", "));
    lines.add(buffers.append(']').toString());
    lines.add("  training : bool");
    lines.add("  features : List[str]");
    lines.add("  classes : List[str]");
    lines.add("  about : Dict[str, str]");
    calculation.constants().keySet().forEach(name -> lines.add("  " + name + " : Tensor"));
    lines.add("  def forward(self: __torch__." + CLASS + ",");
    lines.add("      values: Dict[str, Tensor]) -> Tuple[Tensor, Tensor]:");
    calculation.constants().keySet().forEach(name -> lines.add("    " + name + " = self." + name));
    lines.add("    names = self.features");
    for (int i = 0; i < calculation.inputs().size(); i++) {
      lines.add("    " + input(calculation.inputs().get(i), i));
    }
    for (Calculation.Step step : calculation.steps()) {
      lines.add("    " + step.result() + " = " + step.operation().script(step.operands()));
    }
    lines.add("    return (" + calculation.probabilities() + ", " + calculation.decision() + ")");
    return String.join("\n", lines) + "\n";
  }

  /** A feature's values, of the type that steps take. */
  private static String input(Calculation.Input input, int place) {
    Operation cast =
        input.kind() == Calculation.Kind.NUMBER ? Operation.TO_FLOAT : Operation.TO_LONG;
    return input.value() + " = " + cast.script(List.of("values[names[" + place + "]]"));
  }
}
