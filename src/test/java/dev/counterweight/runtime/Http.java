package dev.counterweight.runtime;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;

/** Requests over HTTP, each on a connection of its own. */
public final class Http {
  private Http() {}

  public static HttpResponse<String> get(String url) throws IOException, InterruptedException {
    return send("GET", url);
  }

  /** A request without a body. */
  public static HttpResponse<String> send(String method, String url)
      throws IOException, InterruptedException {
    return answer(HttpRequest.newBuilder(URI.create(url)).method(method, BodyPublishers.noBody()));
  }

  /**
   * A request with a body.
   *
   * @param type of its content
   */
  public static HttpResponse<String> post(String url, String type, String body)
      throws IOException, InterruptedException {
    return answer(
        HttpRequest.newBuilder(URI.create(url))
            .header("Content-Type", type)
            .POST(BodyPublishers.ofString(body)));
  }

  private static HttpResponse<String> answer(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
  }
}
