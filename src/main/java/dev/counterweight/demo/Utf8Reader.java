package dev.counterweight.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;

/**
 * Reads UTF-8, a byte order mark in front passed over, and fails with line and byte of what is
 * none. Not thread-safe.
 */
final class Utf8Reader extends Reader {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private final InputStream in;
  private final CharsetDecoder decoder = UTF_8.newDecoder();
  private final ByteBuffer bytes = ByteBuffer.allocate(BUFFER_BYTES).flip();
  private final CharBuffer chars = CharBuffer.allocate(BUFFER_BYTES).flip();
  private long line = 1;
  private long inLine; // bytes of this line that are read
  private boolean begun;
  private boolean ended;

  Utf8Reader(InputStream in) {
    this.in = in;
  }

  @Override
  public int read(char[] target, int offset, int length) throws IOException {
    while (!chars.hasRemaining()) {
      if (ended && !bytes.hasRemaining()) {
        return -1;
      }
      decode();
    }
    int count = Math.min(length, chars.remaining());
    chars.get(target, offset, count);
    return count;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  private void decode() throws IOException {
    bytes.compact();
    int read = in.read(bytes.array(), bytes.position(), bytes.remaining());
    bytes.position(bytes.position() + Math.max(0, read)).flip();
    ended = read < 0;
    chars.clear();
    CoderResult result = decoder.decode(bytes, chars, ended);
    chars.flip();
    count();
    if (result.isError()) {
      throw new IOException(malformed(bytes.get(bytes.position()) & 0xff));
    }
    if (!begun && chars.hasRemaining()) {
      begun = true;
      if (chars.get(chars.position()) == BYTE_ORDER_MARK) {
        chars.get();
      }
    }
  }

  private void count() {
    for (int i = 0; i < bytes.position(); i++) {
      inLine++;
      if (bytes.get(i) == '\n') {
        line++;
        inLine = 0;
      }
    }
  }

  private String malformed(int value) {
    boolean utf16 = line == 1 && inLine == 0 && value >= 0xfe;
    return "line %d, byte %d: 0x%02x is not UTF-8; convert the file, for example by iconv -f %s -t UTF-8"
        .formatted(line, inLine + 1, value, utf16 ? "UTF-16" : "ISO-8859-1");
  }
}
