package dev.counterweight.profile;

import java.util.List;
import java.util.Locale;

/** What a field's name says of it. */
final class Words {
  private static final List<String> IDENTITY =
      words(
          """
          id ids uuid guid key pk hash token nr no number ref reference seq sequence serial offset
          iban pan ssn phone session trace span lsn
          """);
  private static final List<String> CODE =
      words(
          """
          code mcc zip zipcode postcode postal plz type category status country currency channel kind
          group sku asn model region bin brand method port protocol segment flag
          """);
  private static final List<String> TIME =
      words(
          """
          time timestamp ts date datetime at when created updated occurred ms millis epoch since until
          expires expiry
          """);

  private Words() {}

  /** Words that stand in a text, in its order. */
  static List<String> words(String text) {
    return List.of(text.strip().split("\\s+"));
  }

  /** Whether it names one thing among many. */
  static boolean identity(String path) {
    return of(path).stream().anyMatch(IDENTITY::contains);
  }

  /** Whether its numbers stand for things, and are no amounts. */
  static boolean code(String path) {
    List<String> words = of(path);
    return identity(path) || words.stream().anyMatch(CODE::contains);
  }

  /** Whether it is a moment. */
  static boolean time(String path) {
    return of(path).stream().anyMatch(TIME::contains);
  }

  /** The words of a path's last step, in lower case. */
  static List<String> of(String path) {
    String spaced = last(path).replaceAll("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ");
    return List.of(spaced.toLowerCase(Locale.ROOT).strip().split("[^\\p{L}\\d]+"));
  }

  /** Those words in one. */
  static String joined(String path) {
    return String.join("", of(path));
  }

  private static String last(String path) {
    return path.substring(path.lastIndexOf('.') + 1).replaceAll("\\[\\d+]$", "");
  }
}
