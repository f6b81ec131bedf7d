package dev.counterweight.quality;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The data sets of a command.
 *
 * @param folder of NAME.csv.gz and NAME.jsonl.gz files
 * @param names of files or made streams; none for all files
 * @param rows of each, at most; null for {@value #ROWS} of a file and all of a made stream
 * @param streams whether to have all made streams too but the long one
 */
record Sets(Path folder, List<String> names, @Nullable Long rows, boolean streams) {
  private static final long ROWS = 150_000;
  private static final String CSV = ".csv.gz";
  private static final String JSON = ".jsonl.gz";

  /** In the place of names: no file. */
  private static final String NONE = "none";

  Sets {
    names = List.copyOf(names);
  }

  /** One after another, so that one alone is in memory. */
  Iterable<EventSet> all() throws IOException {
    Stream<Supplier<EventSet>> named = chosen().stream().map(name -> () -> set(name));
    Stream<Supplier<EventSet>> made =
        streams
            ? Stream.concat(Streams.PRIORS.stream(), Streams.CHANGING.stream())
                .map(name -> () -> set(name))
            : Stream.empty();
    return Stream.concat(named, made).map(Supplier::get)::iterator;
  }

  private List<String> chosen() throws IOException {
    if (!names.isEmpty()) {
      return names.stream().filter(name -> !name.equals(NONE)).toList();
    }
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(file -> file.getFileName().toString())
          .filter(file -> file.endsWith(CSV) || file.endsWith(JSON))
          .map(file -> file.replaceFirst("\\..*", ""))
          .distinct()
          .sorted()
          .toList();
    }
  }

  private EventSet set(String name) {
    if (name.equals(Gaussians.NAME)) {
      return new Gaussians(rows == null ? Gaussians.SIZE : Math.toIntExact(rows));
    }
    Stream<DataSet> made = Stream.concat(Streams.ofPriors().stream(), Streams.changing().stream());
    if (Streams.PRIORS.contains(name) || Streams.CHANGING.contains(name)) {
      DataSet whole = made.filter(set -> set.name().equals(name)).findFirst().orElseThrow();
      return rows == null ? whole : whole.slice(0, (int) Math.min(rows, whole.size()));
    }
    long most = rows == null ? ROWS : rows;
    Path json = folder.resolve(name + JSON);
    try {
      return Files.exists(json)
          ? JsonEvents.load(json, most)
          : DataSet.load(folder.resolve(name + CSV), most);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
