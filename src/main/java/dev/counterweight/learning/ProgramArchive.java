package dev.counterweight.learning;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** A program as the bytes of a .pt file, as PyTorch itself writes one. Stateless. */
final class ProgramArchive {
  /** Name of the method that empties all lists. */
  static final String EMPTY = "empty_lists";

  private static final String CLASS = "Program";

  private ProgramArchive() {}

  /** Of a program that begins with empty lists, and has a method that empties them again. */
  static byte[] of(List<String> lists, String functions) throws IOException {
    StringBuilder source = new StringBuilder("class " + CLASS + "(Module):\n");
    source.append("  __parameters__ = []\n  __buffers__ = []\n  training : bool\n");
    for (String list : lists) {
      source.append("  ").append(list).append(" : List[Tensor]\n");
    }
    source.append(functions).append(emptying(lists));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      put(zip, "data.pkl", pickled(lists));
      put(zip, "code/__torch__.py", source.toString().getBytes(UTF_8));
      put(zip, "constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
      put(zip, "version", "3\n".getBytes(UTF_8));
    }
    return bytes.toByteArray();
  }

  private static String emptying(List<String> lists) {
    StringBuilder source =
        new StringBuilder("\n  def %s(self: __torch__.%s) -> NoneType:\n".formatted(EMPTY, CLASS));
    for (String list : lists) {
      source.append("    self.").append(list).append(" = annotate(List[Tensor], [])\n");
    }
    return source.append("    return None\n").toString();
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
