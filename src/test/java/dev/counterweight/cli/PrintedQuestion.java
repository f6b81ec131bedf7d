package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.runtime.Http;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a demo prints to be typed. */
final class PrintedQuestion {
  private static final Pattern CURL =
      Pattern.compile("Ask the rebalanced model: curl (\\S+) -H 'Content-Type: (.+?)' -d '(.+?)'");

  private PrintedQuestion() {}

  /** What the model answers to it. */
  static String answer(String output) throws Exception {
    Matcher printed = CURL.matcher(output);
    assertThat(printed.find()).as(output).isTrue();
    return Http.post(printed.group(1), printed.group(2), printed.group(3)).body();
  }
}
