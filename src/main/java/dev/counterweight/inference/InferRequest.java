package dev.counterweight.inference;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request for inference, as it was sent.
 *
 * @param id to be given back, or null
 * @param parameters by their names, each value as the JSON it was written in; to be given back
 * @param values of all inputs; good until the next request is read
 * @param outputs that are asked for, or null for all
 */
record InferRequest(
    @Nullable String id,
    Map<String, String> parameters,
    List<InputTensor> inputs,
    TensorValues values,
    @Nullable List<String> outputs) {}
