package dev.counterweight.event;

/**
 * Whether CSV text that ends here ends within a quoted field. Its reader takes the end for the
 * field's, so that a text cut off is read as whole, and a quote that somebody forgot swallows what
 * follows. Takes the text character by character; not thread-safe.
 */
public final class OpenQuote {
  private final char delimiter;
  private boolean open;
  private boolean fieldBegins = true;

  /**
   * @param delimiter what stands between fields
   */
  public OpenQuote(char delimiter) {
    this.delimiter = delimiter;
  }

  /** Takes the next character. */
  public void accept(char c) {
    if (c == '"' && (open || fieldBegins)) {
      open = !open;
      fieldBegins = !open; // of two quotes the second opens again
    } else {
      fieldBegins = !open && (c == delimiter || c == '\n' || c == '\r');
    }
  }

  /** Whether a field is open. */
  public boolean isOpen() {
    return open;
  }

  static boolean in(String text, char delimiter) {
    OpenQuote quote = new OpenQuote(delimiter);
    for (int i = text.indexOf('"') < 0 ? text.length() : 0; i < text.length(); i++) {
      quote.accept(text.charAt(i));
    }
    return quote.isOpen();
  }
}
