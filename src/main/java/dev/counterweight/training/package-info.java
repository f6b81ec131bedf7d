/**
 * Model, loss, optimiser and normaliser on PyTorch (the one room that imports ai.djl), and the
 * trainer loop.
 */
@NullMarked
package dev.counterweight.training;

import org.jspecify.annotations.NullMarked;
