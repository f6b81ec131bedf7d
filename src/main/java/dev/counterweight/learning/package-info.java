/** Models, optimisers and the learner on PyTorch: the one room that imports ai.djl. */
@NullMarked
package dev.counterweight.learning;

import org.jspecify.annotations.NullMarked;
