package dev.counterweight.config;

import dev.counterweight.event.Decimal;
import dev.counterweight.event.FieldPath;
import dev.counterweight.protocol.KebabCase;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * How the values of a key are written: as one of Kafka's types, under a rule said in words, by
 * which they are also read.
 *
 * @param words completes "must be"
 * @param reading what a value of the type means; empty if it breaks the rule
 */
record Form<T>(Type type, String words, Function<Object, Optional<T>> reading)
    implements ConfigDef.Validator {

  private static final Pattern WHOLE = Pattern.compile("\\s*[+-]?[0-9]+\\s*");

  Optional<T> read(Object value) {
    return reading.apply(value);
  }

  boolean isNumber() {
    return type == Type.DOUBLE || isWhole();
  }

  private boolean isWhole() {
    return type == Type.INT || type == Type.LONG;
  }

  /** Whether a value may be written so; numbers by the rule that those of events are read by. */
  boolean accepts(String text) {
    try {
      Object value = ConfigDef.parseType("", text, type);
      return !isOtherThanNumber(text) && value != null && read(value).isPresent();
    } catch (ConfigException e) {
      return false;
    }
  }

  /** What is to be written instead of a text that is not accepted. */
  String expected(String text) {
    if (!isOtherThanNumber(text)) {
      return words;
    }
    return (isWhole() ? "a whole number, " : "a number such as 0.1 or 1e-3, ") + words;
  }

  private boolean isOtherThanNumber(String text) {
    return isWhole() ? !WHOLE.matcher(text).matches() : type == Type.DOUBLE && !Decimal.is(text);
  }

  /** An absent value is the declaration's business. */
  @Override
  public void ensureValid(String name, @Nullable Object value) {
    if (value != null && read(value).isEmpty()) {
      throw new ConfigException(name, value, "must be " + words);
    }
  }

  @Override
  public String toString() {
    return words;
  }

  /** The same texts, read on. */
  <R> Form<R> as(Function<T, R> meaning) {
    return new Form<>(type, words, value -> read(value).map(meaning));
  }

  /** Those of them that keep to a rule more, which the words say already. */
  Form<T> where(Predicate<T> rule) {
    return new Form<>(type, words, value -> read(value).filter(rule));
  }

  /**
   * Texts.
   *
   * @param reading what a text means; empty if it breaks the rule
   */
  static <T> Form<T> of(String words, Function<String, Optional<T>> reading) {
    return new Form<>(Type.STRING, words, value -> reading.apply(value.toString()));
  }

  /**
   * Texts as a parser takes them.
   *
   * @param parser throws IllegalArgumentException or DateTimeException for one that it does not
   *     take
   */
  static <T> Form<T> parsed(String words, Function<String, T> parser) {
    return of(
        words,
        text -> {
          try {
            return Optional.of(parser.apply(text));
          } catch (IllegalArgumentException | DateTimeException e) {
            return Optional.empty();
          }
        });
  }

  static Form<String> text() {
    return text("a text that is not blank", text -> !text.isBlank());
  }

  static Form<String> matching(String pattern, String words) {
    return text(words, text -> text.matches(pattern));
  }

  /** A name usable in topic names and ids. */
  static Form<String> name(int maxLength) {
    return matching(
        "[a-zA-Z0-9._-]{1," + maxLength + "}",
        "1 to " + maxLength + " of a-z, A-Z, 0-9, '.', '_' and '-'");
  }

  static Form<String> oneOf(List<String> values) {
    return text("one of " + String.join(", ", values), values::contains);
  }

  /** The constants of an enum. */
  static <E extends Enum<E>> Form<E> oneOf(Class<E> type) {
    List<E> constants = List.of(type.getEnumConstants());
    List<String> names = constants.stream().map(KebabCase::of).toList();
    return oneOf(names).as(name -> constants.get(names.indexOf(name)));
  }

  /** Names in one line, as {@link NameList} reads them, without repeats or blanks. */
  static Form<List<String>> names(int minSize) {
    return of(
            "a comma-separated list of at least "
                + minSize
                + ", none blank, none twice; a name with a comma stands in double quotes",
            NameList::parse)
        .where(names -> names.size() >= minSize && eachOnce(names));
  }

  /** Names with their synonyms, as {@link NameList} reads them, without repeats or blanks. */
  static Form<List<List<String>>> namesWithSynonyms(int minSize) {
    return of(
            "a comma-separated list of at least "
                + minSize
                + ", none blank, none twice, each with its synonyms behind a |; a name with a comma"
                + " or a | stands in double quotes",
            NameList::withSynonyms)
        .where(names -> names.size() >= minSize)
        .where(names -> eachOnce(names.stream().flatMap(List::stream).toList()));
  }

  private static boolean eachOnce(List<String> names) {
    return new HashSet<>(names).size() == names.size() && names.stream().noneMatch(String::isBlank);
  }

  /** Where a field stands. */
  static Form<FieldPath> path() {
    return text("a field's name or path, key: or header:NAME", FieldPath::is).as(FieldPath::parse);
  }

  /** A time zone. */
  static Form<ZoneId> zone() {
    return parsed("a time zone such as UTC, Europe/Berlin or +02:00", ZoneId::of);
  }

  /** A day from 1970 on: its first moment in UTC, in milliseconds. */
  static Form<Long> date() {
    return parsed("a date from 1970-01-01 on, such as 1990-01-01", LocalDate::parse)
        .where(date -> date.getYear() >= 1970 && date.getYear() <= 9999)
        .as(date -> date.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli());
  }

  static Form<Boolean> flag() {
    return new Form<>(Type.BOOLEAN, "true or false", value -> Optional.of((Boolean) value));
  }

  static Form<Integer> whole(int low, int high) {
    return number(Type.INT, between(low, high), n -> n >= low && n <= high, Number::intValue);
  }

  static Form<Long> wholeAtLeast(long low) {
    return number(Type.LONG, "at least " + low, n -> n >= low, Number::longValue);
  }

  static Form<Long> anyWhole() {
    return number(Type.LONG, between(Long.MIN_VALUE, Long.MAX_VALUE), n -> true, Number::longValue);
  }

  static Form<Double> atLeast(double low) {
    return real("at least " + number(low), n -> n >= low);
  }

  static Form<Double> above(double low) {
    return real("above " + number(low), n -> n > low);
  }

  /** A number in [low, high]. */
  static Form<Double> range(double low, double high) {
    return real(between(low, high), n -> n >= low && n <= high);
  }

  /** A number in (low, high]. */
  static Form<Double> aboveAndAtMost(double low, double high) {
    return real("above " + number(low) + " and at most " + number(high), n -> n > low && n <= high);
  }

  /** A number in [low, high). */
  static Form<Double> below(double low, double high) {
    return real(
        "at least " + number(low) + " and below " + number(high), n -> n >= low && n < high);
  }

  /** A list of weights. */
  static Form<List<Double>> weights() {
    return list(
            "a comma-separated list of numbers, each at least 0 and one of them above 0",
            items ->
                items.stream().allMatch(item -> Decimal.is(item) && Decimal.parse(item) >= 0)
                    && aboveZero(items.stream().mapToDouble(Decimal::parse).sum()))
        .as(items -> items.stream().map(Decimal::parse).toList());
  }

  /** Factors, as {@link FactorList} reads them. */
  static Form<List<Double>> factors(int most) {
    return of(
            "a comma-separated list of 1 to "
                + most
                + " numbers above 0, each larger than the one before, such as 1/3,1,2.5",
            FactorList::parse)
        .where(factors -> factors.size() <= most);
  }

  private static boolean aboveZero(double sum) {
    return sum > 0 && Double.isFinite(sum);
  }

  /** Sizes of layers. */
  static Form<List<Integer>> sizes() {
    return list(
            "a comma-separated list of whole numbers from 1 to 65536",
            items ->
                items.stream()
                    .allMatch(
                        item -> item.matches("[1-9][0-9]{0,4}") && Integer.parseInt(item) <= 65536))
        .as(items -> items.stream().map(Integer::valueOf).toList());
  }

  /** Host names, each alone, as {@code *.domain} or {@code *}. */
  static Form<List<String>> hosts() {
    return list(
        "host names without port, *.domain, or *",
        items -> items.stream().allMatch(host -> host.matches("\\*|(\\*\\.)?[\\p{L}\\d._-]+")));
  }

  static Form<String> text(String words, Predicate<String> rule) {
    return of(words, Optional::of).where(rule);
  }

  private static Form<List<String>> list(String words, Predicate<List<String>> rule) {
    return new Form<>(
        Type.LIST,
        words,
        value ->
            Optional.of(((List<?>) value).stream().map(Object::toString).toList()).filter(rule));
  }

  private static Form<Double> real(String words, Predicate<Double> rule) {
    return number(Type.DOUBLE, words, n -> Double.isFinite(n) && rule.test(n), Number::doubleValue);
  }

  private static <N extends Number> Form<N> number(
      Type type, String words, Predicate<Double> rule, Function<Number, N> as) {
    return new Form<>(
        type,
        words,
        value -> Optional.of((Number) value).filter(n -> rule.test(n.doubleValue())).map(as));
  }

  private static String between(double low, double high) {
    return "at least " + number(low) + " and at most " + number(high);
  }

  /** Without a fraction where it has none. */
  static String number(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }
}
