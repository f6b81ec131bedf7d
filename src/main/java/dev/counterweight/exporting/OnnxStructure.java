package dev.counterweight.exporting;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/**
 * A look at an ONNX file as it was written: that its graph can be read, and that every node takes
 * only what stands before it. No ONNX runtime is part of this program.
 *
 * @param nodes operations of the graph
 */
public record OnnxStructure(int nodes) {
  private static final int GRAPH = 7;
  private static final int NODE = 1;
  private static final int INITIALIZER = 5;
  private static final int INPUT = 11;
  private static final int OUTPUT = 12;
  private static final int TENSOR_NAME = 8;

  /**
   * Reads a file.
   *
   * @throws IOException if it is no such graph; the message says why
   */
  public static OnnxStructure of(byte[] file) throws IOException {
    CodedInputStream model = CodedInputStream.newInstance(file);
    while (true) {
      int tag = model.readTag();
      if (tag == 0) {
        throw new IOException("it has no graph");
      }
      if (WireFormat.getTagFieldNumber(tag) == GRAPH) {
        return new Graph().read(model.readByteArray());
      }
      model.skipField(tag);
    }
  }

  /** A graph being read; owned by the call that reads it. */
  private static final class Graph {
    private final Set<String> known = new HashSet<>();
    private int nodes;

    OnnxStructure read(byte[] graph) throws IOException {
      each(graph, INITIALIZER, tensor -> known.addAll(texts(tensor, TENSOR_NAME)));
      each(graph, INPUT, input -> known.addAll(texts(input, 1)));
      each(graph, NODE, this::node);
      each(graph, OUTPUT, output -> requireKnown(texts(output, 1), "the graph"));
      return new OnnxStructure(nodes);
    }

    private void node(byte[] node) throws IOException {
      Set<String> results = texts(node, 2);
      requireKnown(texts(node, 1), "the node of " + results);
      for (String result : results) {
        if (!known.add(result)) {
          throw new IOException("value '" + result + "' is there twice");
        }
      }
      nodes++;
    }

    private void requireKnown(Set<String> values, String who) throws IOException {
      if (!known.containsAll(values)) {
        throw new IOException(who + " takes what no node before it gives: " + values);
      }
    }
  }

  private interface Reading {
    void read(byte[] message) throws IOException;
  }

  private static void each(byte[] message, int field, Reading reading) throws IOException {
    CodedInputStream in = CodedInputStream.newInstance(message);
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == field) {
        reading.read(in.readByteArray());
      } else {
        in.skipField(tag);
      }
    }
  }

  private static Set<String> texts(byte[] message, int field) throws IOException {
    Set<String> texts = new HashSet<>();
    each(message, field, text -> texts.add(new String(text, UTF_8)));
    return texts;
  }
}
