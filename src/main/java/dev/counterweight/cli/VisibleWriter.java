package dev.counterweight.cli;

import java.io.FilterWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.Locale;

/**
 * Prints for people and programs: numbers alike whatever the language of the machine, and control
 * characters as {@code \}{@code uXXXX}, line ends and tabs apart: text of events and files of
 * strangers must not act on a terminal.
 */
final class VisibleWriter extends PrintWriter {
  VisibleWriter(Writer out) {
    super(new Visible(out), true);
  }

  @Override
  public PrintWriter format(String pattern, Object... values) {
    return format(Locale.ROOT, pattern, values);
  }

  private static final class Visible extends FilterWriter {
    Visible(Writer out) {
      super(out);
    }

    @Override
    public void write(int c) throws IOException {
      if (Character.isISOControl(c) && "\n\t".indexOf(c) < 0 && !isLineEnd(c)) {
        out.write("\\u%04x".formatted(c));
      } else {
        out.write(c);
      }
    }

    @Override
    public void write(char[] text, int from, int length) throws IOException {
      for (int i = from; i < from + length; i++) {
        write(text[i]);
      }
    }

    @Override
    public void write(String text, int from, int length) throws IOException {
      write(text.toCharArray(), from, length);
    }

    private static boolean isLineEnd(int c) {
      return System.lineSeparator().indexOf(c) >= 0;
    }
  }
}
