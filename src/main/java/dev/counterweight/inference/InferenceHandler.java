package dev.counterweight.inference;

import dev.counterweight.event.Shown;
import dev.counterweight.serving.ServedModel;
import java.util.Locale;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** Takes requests whose headers are there, and refuses what can be refused by those. */
final class InferenceHandler extends Handler.Abstract.NonBlocking {
  private static final String JSON = "application/json";
  private static final String BINARY = "Inference-Header-Content-Length";

  private final Desk desk;
  private final @Nullable BearerToken token;
  // The path that most requests have, read once.
  private final Target infer;
  private final String inferPath;

  /**
   * @param job the model's name
   * @param token that a request for anything but health must bear, or null for none
   */
  InferenceHandler(Desk desk, String job, @Nullable BearerToken token) {
    this.desk = desk;
    this.infer = Target.infer(job);
    this.inferPath = "/v2/models/" + job + "/infer";
    this.token = token;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    String path = request.getHttpURI().getDecodedPath();
    Target target = inferPath.equals(path) ? infer : Target.of(path == null ? "" : path);
    Exchange exchange = new Exchange(desk, request, response, callback, target);
    try {
      take(request, response, target, exchange, path);
    } catch (Refusal e) {
      exchange.refuse(e);
    }
    return true;
  }

  private void take(
      Request request, Response response, Target target, Exchange exchange, @Nullable String path)
      throws Refusal {
    if (target.what() == Target.What.NOTHING) {
      throw new Refusal(
          404, "path '%s': there are /score and /v2".formatted(Shown.text(String.valueOf(path))));
    }
    requireMethod(request.getMethod(), target, response);
    HttpFields headers = request.getHeaders();
    if (token != null
        && target.kind() != Kind.HEALTH
        && !token.isBorneBy(headers.get(HttpHeader.AUTHORIZATION))) {
      response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, "Bearer");
      throw new Refusal(
          401, "the request bears no token that is right: Authorization: Bearer TOKEN");
    }
    if (!target.posted()) {
      exchange.answer(desk.answers().get(target));
      return;
    }
    requireJson(headers);
    ServedModel model = desk.answers().model(target);
    if (request.getLength() > desk.limits().requestBytes()) {
      throw Body.tooLong(desk.limits().requestBytes());
    }
    exchange.read(model);
  }

  private static void requireMethod(String method, Target target, Response response)
      throws Refusal {
    boolean right =
        target.posted() ? method.equals("POST") : method.equals("GET") || method.equals("HEAD");
    if (!right) {
      String allowed = target.posted() ? "POST" : "GET, HEAD";
      response.getHeaders().put(HttpHeader.ALLOW, allowed);
      throw new Refusal(
          405, "method %s: this path takes %s".formatted(Shown.text(method), allowed));
    }
  }

  private static void requireJson(HttpFields headers) throws Refusal {
    if (headers.contains(BINARY)) {
      throw Refusal.bad(
          "header %s: this server has no binary extension, tensors are sent as JSON"
              .formatted(BINARY));
    }
    String type = headers.get(HttpHeader.CONTENT_TYPE);
    if (!isJson(type)) {
      throw new Refusal(
          415,
          "Content-Type '%s': must be application/json"
              .formatted(Shown.text(type == null ? "" : type)));
    }
    String coding = headers.get(HttpHeader.CONTENT_ENCODING);
    if (coding != null && !coding.equalsIgnoreCase("identity")) {
      throw new Refusal(
          415, "Content-Encoding '%s': must not be encoded".formatted(Shown.text(coding)));
    }
  }

  private static boolean isJson(@Nullable String type) {
    return JSON.equals(type)
        || type != null && type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).equals(JSON);
  }
}
