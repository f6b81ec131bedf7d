package dev.counterweight.learning;

import java.util.Locale;

/**
 * A feed-forward network's passes as TorchScript, the gradient worked out by hand. Layer l's weight
 * is {@code self.parameters[2 l]}, its bias the next; {@code self.gradients} likewise.
 */
final class NetworkProgram {
  private static final String HOLD =
      """
        def hold(self: __torch__.Program,
          p: List[Tensor],
          g: List[Tensor]) -> NoneType:
          self.parameters = p
          self.gradients = g
          return None
      """;

  private final int layers;
  private final HiddenActivation activation;
  private final boolean dropout;

  /**
   * @param layers number of linear layers
   * @param dropout whether a training pass multiplies hidden units by factors
   */
  NetworkProgram(int layers, HiddenActivation activation, boolean dropout) {
    this.layers = layers;
    this.activation = activation;
    this.dropout = dropout;
  }

  /**
   * {@code hold(parameters, gradients)} takes the arrays to work on; {@code scores(x, out)} writes
   * raw scores; {@code forward(x, out, factors)} writes them with hidden units left out, and keeps
   * in {@code self.kept} what {@code backward(derivatives)} needs, which fills the gradients. Rows,
   * scores and derivatives are the host's, the others the device's.
   */
  String functions() {
    StringBuilder code = new StringBuilder(HOLD);
    head(code, "scores", "x: Tensor", "o: Tensor");
    pass(code, false);
    head(code, "forward", "x: Tensor", "o: Tensor", "f: List[Tensor]");
    pass(code, true);
    head(code, "backward", "d: Tensor");
    backward(code);
    return code.toString();
  }

  private void pass(StringBuilder code, boolean training) {
    line(code, "p = self.parameters");
    line(code, "x0 = %s", onDevice("x"));
    StringBuilder kept = new StringBuilder("x0");
    for (int l = 0; l < layers; l++) {
      line(code, "s%d = torch.addmm(p[%d], x%d, torch.t(p[%d]))", l, 2 * l + 1, l, 2 * l);
      if (l < layers - 1) {
        line(code, "v%d = %s", l, activation.value("s" + l));
        kept.append(activation.byValue() ? ", v" : ", s").append(l);
        if (training && dropout) {
          line(code, "f%d = %s", l, onDevice("f[" + l + "]"));
          line(code, "x%d = torch.mul(v%d, f%d)", l + 1, l, l);
          kept.append(", f").append(l);
        } else {
          line(code, "x%d = v%d", l + 1, l);
        }
        kept.append(", x").append(l + 1);
      }
    }
    if (training) {
      line(code, "self.kept = [%s]", kept);
    }
    line(code, "c = torch.copy_(o, s%d)", layers - 1);
    line(code, "return None");
  }

  private void backward(StringBuilder code) {
    int each = dropout ? 3 : 2;
    line(code, "p = self.parameters");
    line(code, "g = self.gradients");
    line(code, "k = self.kept");
    line(code, "d%d = %s", layers - 1, onDevice("d"));
    for (int l = layers - 1; l >= 0; l--) {
      line(code, "b%d = torch.sum(d%d, [0], False, dtype=None, out=g[%d])", l, l, 2 * l + 1);
      line(code, "w%d = torch.mm(torch.t(d%d), k[%d], out=g[%d])", l, l, l * each, 2 * l);
      if (l > 0) {
        int below = (l - 1) * each + 1;
        line(code, "e%d = torch.mm(d%d, p[%d])", l, l, 2 * l);
        if (dropout) {
          line(code, "f%d = torch.mul_(e%d, k[%d])", l, l, below + 1);
        }
        line(code, "d%d = %s", l - 1, activation.gradient("e" + l, "k[" + below + "]"));
      }
    }
    line(code, "self.kept = annotate(List[Tensor], [])");
    line(code, "return None");
  }

  /** The array itself if it is there already. */
  private static String onDevice(String array) {
    return "torch.to(%s, p[0], False, False, None)".formatted(array);
  }

  private static void head(StringBuilder code, String name, String... parameters) {
    code.append("  def %s(self: __torch__.Program".formatted(name));
    for (String parameter : parameters) {
      code.append(",\n      ").append(parameter);
    }
    code.append(") -> NoneType:\n");
  }

  private static void line(StringBuilder code, String format, Object... values) {
    code.append("    ").append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
