package dev.counterweight.inference;

import static dev.counterweight.inference.Refusal.bad;

import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.FeatureValues;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows of tensors. Not thread-safe. */
final class TensorRows implements Rows {
  private final TensorForm form;
  private final FeatureValues features;
  private final TensorValues values;
  private final @Nullable InputTensor[] tensors;
  private final boolean matrix;
  private final int count;

  /**
   * The rows of a request.
   *
   * @param features makes rows of the model
   * @param most rows
   * @throws Refusal if its tensors are not those of the features, or have more rows
   */
  TensorRows(InferRequest request, TensorForm form, FeatureValues features, int most)
      throws Refusal {
    InputTensor head = request.inputs().get(0);
    if (head.rows() > most) {
      throw new Refusal(
          413,
          "%s has %d rows: more than scores.max.rows=%d"
              .formatted(head.shown(), head.rows(), most));
    }
    this.form = form;
    this.features = features;
    this.values = request.values();
    this.tensors = form.byFeature(request.inputs());
    this.matrix = form.isMatrix(head);
    this.count = (int) head.rows();
  }

  @Override
  public int count() {
    return count;
  }

  @Override
  public void write(int row, float[] target, int at) throws Refusal {
    features.begin(target, at);
    try {
      for (int f = 0; f < tensors.length; f++) {
        InputTensor tensor = tensors[f];
        if (tensor == null) {
          continue;
        }
        int from = tensor.first() + row * tensor.width();
        if (!matrix && form.takesItems(f)) {
          features.put(f, items(from, tensor));
        } else {
          put(f, matrix ? from + f : from, tensor.datatype());
        }
      }
      features.end();
    } catch (EventRejectedException e) {
      throw bad((count == 1 ? "" : "row " + row + ": ") + e.getMessage());
    }
  }

  private void put(int feature, int index, Datatype datatype) throws EventRejectedException {
    TensorValues.Kind kind = values.kind(index);
    if (kind == TensorValues.Kind.NUMBER || kind == TensorValues.Kind.WHOLE) {
      features.put(feature, values.number(index), datatype == Datatype.FP32);
    } else {
      features.put(feature, value(index, datatype));
    }
  }

  private List<@Nullable Object> items(int from, InputTensor tensor) {
    List<@Nullable Object> items = new ArrayList<>(tensor.width());
    for (int i = from; i < from + tensor.width(); i++) {
      items.add(value(i, tensor.datatype()));
    }
    return items;
  }

  /** An element as what it is; a number is of 32 bits where its tensor says so. */
  private @Nullable Object value(int index, Datatype datatype) {
    double number = values.number(index);
    return switch (values.kind(index)) {
      case WHOLE, NUMBER -> datatype == Datatype.FP32 ? (Object) (float) number : (Object) number;
      case BOOL -> number == 1;
      case TEXT -> values.text(index);
      case NULL -> null;
    };
  }
}
