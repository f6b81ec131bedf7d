package dev.counterweight.demo;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import dev.counterweight.event.Decimal;
import dev.counterweight.event.OpenQuote;
import dev.counterweight.event.Shown;
import dev.counterweight.protocol.FailureException;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.FilterReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * A CSV file (RFC 4180 but for its delimiter, UTF-8, gzipped or not) with a header line, read row
 * by row, blanks around a field dropped. Every row has as many columns as the header. Not
 * thread-safe.
 */
final class CsvTable implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 16;

  /**
   * A row of the file.
   *
   * @param line line of the file on which the row begins, from 1
   */
  record Row(long line, List<String> fields) {}

  private final Path file;
  private final long sizeBytes;
  private final CountingStream counter;
  private final OpenQuote quote;
  private final CsvReader<CsvRecord> reader;
  private final Iterator<CsvRecord> records;
  private final List<String> header;

  private CsvTable(Path file, char delimiter, long sizeBytes, CountingStream counter)
      throws IOException {
    this.file = file;
    this.sizeBytes = sizeBytes;
    this.counter = counter;
    this.quote = new OpenQuote(delimiter);
    this.reader =
        CsvReader.builder()
            .fieldSeparator(delimiter)
            // Rows of another length are refused here, with a message of our own.
            .allowExtraFields(true)
            .allowMissingFields(true)
            .ofCsvRecord(new QuoteReader(new Utf8Reader(decompressed(counter)), quote));
    this.records = reader.iterator();
    this.header =
        read()
            .orElseThrow(() -> new FailureException(file + " is empty: it needs a header line"))
            .fields();
    checkHeader(delimiter);
  }

  private void checkHeader(char delimiter) {
    if (header.size() == 1) {
      throw new FailureException(
          "%s: the header has one column, '%s', where columns are separated by '%s'%s"
              .formatted(file, Shown.text(header.get(0)), delimiter, otherDelimiter()));
    }
    if (header.stream().allMatch(Decimal::is)) {
      throw new FailureException(
          "%s: the first line is %s: it must be a header that names the columns"
              .formatted(file, Shown.names(header)));
    }
    Set<String> names = new HashSet<>();
    for (String name : header) {
      if (!names.add(name)) {
        throw new FailureException(
            file + ": the header names column '" + Shown.text(name) + "' twice: names must differ");
      }
    }
  }

  /**
   * Opens a file and reads its header.
   *
   * @throws FailureException if it is missing, cannot be read, or has no proper header
   */
  static CsvTable open(Path file, char delimiter) {
    CountingStream counter = null;
    try {
      counter = new CountingStream(Files.newInputStream(file));
      return new CsvTable(file, delimiter, Files.size(file), counter);
    } catch (NoSuchFileException e) {
      throw new FailureException("file " + file + " does not exist", e);
    } catch (IOException | UncheckedIOException e) {
      throw closing(counter, new FailureException(unreadable(file, e), e));
    } catch (RuntimeException e) {
      throw closing(counter, e);
    }
  }

  private String otherDelimiter() {
    String only = header.get(0);
    if (only.indexOf(';') >= 0) {
      return ": it is separated by semicolons, so replay with --delimiter=';'";
    }
    return only.indexOf('\t') >= 0
        ? ": it is separated by tabs, so replay with --delimiter=tab"
        : "";
  }

  private String headerless() {
    return header.stream().anyMatch(Decimal::is)
        ? "; is that a row of data? The first line must be a header that names the columns"
        : "";
  }

  /** Column names, in order. */
  List<String> header() {
    return header;
  }

  /** Place of a column; fails with the names there are if it is not one of them. */
  int column(String name) {
    int at = header.indexOf(name);
    if (at < 0) {
      throw new FailureException(
          "%s has no column '%s': its columns are %s%s"
              .formatted(file, Shown.text(name), Shown.names(header), headerless()));
    }
    return at;
  }

  /**
   * The next row; empty at the end.
   *
   * @throws FailureException if the row cannot be read, or has another number of columns than the
   *     header
   */
  Optional<Row> next() {
    Optional<Row> row = read();
    row.ifPresent(
        r -> {
          if (r.fields().size() != header.size()) {
            throw wrong(
                r, "%d columns: the header has %d".formatted(r.fields().size(), header.size()));
          }
        });
    return row;
  }

  /** A failure that says where in the file it is. */
  FailureException wrong(Row row, String problem) {
    return new FailureException("%s, line %d: %s".formatted(file, row.line(), problem));
  }

  /** How much of the file was read, from 0 to 1. */
  double fractionRead() {
    return sizeBytes == 0 ? 1 : Math.min(1, (double) counter.bytes / sizeBytes);
  }

  @Override
  public void close() {
    try {
      reader.close();
    } catch (IOException e) {
      throw new UncheckedIOException("closing " + file, e);
    }
  }

  private Optional<Row> read() {
    try {
      if (!records.hasNext()) {
        return Optional.empty();
      }
      CsvRecord next = records.next();
      if (!records.hasNext() && quote.isOpen()) {
        throw new FailureException(
            "%s, line %d: a quoted field does not end: the file is cut off, or a quote is missing"
                .formatted(file, next.getStartingLineNumber()));
      }
      return Optional.of(
          new Row(
              next.getStartingLineNumber(), next.getFields().stream().map(String::strip).toList()));
    } catch (CsvParseException | UncheckedIOException e) {
      throw new FailureException(unreadable(file, e), e);
    }
  }

  private static String unreadable(Path file, Exception e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    String message = String.valueOf(cause.getMessage());
    return "cannot read %s: %s%s"
        .formatted(
            file,
            message,
            message.contains("after closing quote: ';'")
                ? ": it is separated by semicolons, so replay with --delimiter=';'"
                : "");
  }

  private static RuntimeException closing(@Nullable InputStream in, RuntimeException because) {
    try {
      if (in != null) {
        in.close();
      }
    } catch (IOException e) {
      because.addSuppressed(e);
    }
    return because;
  }

  private static InputStream decompressed(InputStream raw) throws IOException {
    BufferedInputStream in = new BufferedInputStream(raw, BUFFER_BYTES);
    in.mark(2);
    boolean gzipped = in.read() == 0x1f && in.read() == 0x8b;
    in.reset();
    return gzipped ? new GZIPInputStream(in, BUFFER_BYTES) : in;
  }

  /** Counts what was read from the file itself, before decompression. */
  private static final class CountingStream extends FilterInputStream {
    private long bytes;

    CountingStream(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int value = super.read();
      bytes += value < 0 ? 0 : 1;
      return value;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int count = super.read(target, offset, length);
      bytes += Math.max(0, count);
      return count;
    }
  }

  /** Shows every character that is read to an {@link OpenQuote}. */
  private static final class QuoteReader extends FilterReader {
    private final OpenQuote quote;

    QuoteReader(Reader in, OpenQuote quote) {
      super(in);
      this.quote = quote;
    }

    @Override
    public int read(char[] buffer, int offset, int length) throws IOException {
      int read = super.read(buffer, offset, length);
      for (int i = offset; i < offset + read; i++) {
        quote.accept(buffer[i]);
      }
      return read;
    }
  }
}
