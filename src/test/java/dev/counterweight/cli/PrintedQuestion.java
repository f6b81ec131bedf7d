package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
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
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(printed.group(1)))
                .header("Content-Type", printed.group(2))
                .POST(HttpRequest.BodyPublishers.ofString(printed.group(3)))
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }
}
