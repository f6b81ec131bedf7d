package dev.counterweight.event;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The features of a job in order, and the columns of a row that they become: the one owner of both.
 * A number is a column; with the mean for what is missing, another one behind it says that it was.
 * A time is four, and alike; a category is one, an array of them one an item.
 *
 * @param features no name twice; none of labels that come apart from their events
 * @param columns all of them, in order
 * @param embeddings of the categories, in order
 */
public record FeatureSchema(
    List<Feature> features, List<Column> columns, List<Embedding> embeddings) {
  private static final List<String> TIME =
      List.of(".hour.sin", ".hour.cos", ".weekday.sin", ".weekday.cos");

  public FeatureSchema {
    features = List.copyOf(features);
    columns = List.copyOf(columns);
    embeddings = List.copyOf(embeddings);
  }

  public FeatureSchema(List<Feature> features) {
    this(features, columnsOf(features), embeddingsOf(features));
  }

  /** Features that are numbers, each under its own name. */
  public static FeatureSchema ofNumbers(List<String> names) {
    return new FeatureSchema(names.stream().map(Feature::number).toList());
  }

  /**
   * Features by {@linkplain Feature#kind kind}, each under its own name.
   *
   * @throws IllegalArgumentException if there is no such kind
   */
  public static FeatureSchema of(List<String> names, List<String> kinds) {
    return new FeatureSchema(
        IntStream.range(0, names.size())
            .mapToObj(f -> Feature.of(names.get(f), kinds.get(f)))
            .toList());
  }

  /** Number of columns C. */
  public int columnCount() {
    return columns.size();
  }

  /** Names of the features. */
  public List<String> names() {
    return features.stream().map(Feature::name).toList();
  }

  /** {@linkplain Feature#kind Kinds} of the features. */
  public List<String> kinds() {
    return features.stream().map(Feature::kind).toList();
  }

  /** Whether a column that is a number may be NaN, which is its feature's mean then. */
  public boolean mayHoldNaN() {
    return features.stream().anyMatch(Feature::mayBeNaN);
  }

  /** Where the columns of each feature begin. */
  int[] firstColumns() {
    int[] first = new int[features.size()];
    for (int f = 1; f < first.length; f++) {
      first[f] = first[f - 1] + columnsOf(f - 1, features.get(f - 1)).size();
    }
    return first;
  }

  private static List<Column> columnsOf(List<Feature> features) {
    List<Column> columns = new ArrayList<>();
    for (int f = 0; f < features.size(); f++) {
      columns.addAll(columnsOf(f, features.get(f)));
    }
    return columns;
  }

  private static List<Column> columnsOf(int index, Feature feature) {
    String name = feature.name();
    if (feature.type() instanceof Feature.Category) {
      return List.of(new Column(name, index, Column.Kind.ROW));
    }
    if (feature.type() instanceof Feature.Categories categories) {
      return IntStream.range(0, categories.items())
          .mapToObj(i -> new Column(name + "[" + i + "]", index, Column.Kind.ROW_OR_NONE))
          .toList();
    }
    List<Column> columns = new ArrayList<>();
    List<String> ends = feature.type() instanceof Feature.Time ? TIME : List.of("");
    ends.forEach(end -> columns.add(new Column(name + end, index, Column.Kind.NUMBER)));
    if (feature.missing() instanceof Feature.Mean) {
      columns.add(new Column(name + ".missing", index, Column.Kind.NUMBER));
    }
    return columns;
  }

  private static List<Embedding> embeddingsOf(List<Feature> features) {
    List<Embedding> embeddings = new ArrayList<>();
    int column = 0;
    for (int f = 0; f < features.size(); f++) {
      Feature feature = features.get(f);
      int columns = columnsOf(f, feature).size();
      Feature.Table table = feature.type().table();
      if (table != null) {
        embeddings.add(new Embedding(feature.name(), table, column, columns));
      }
      column += columns;
    }
    return embeddings;
  }
}
