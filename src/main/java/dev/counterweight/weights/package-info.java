/**
 * Class counts, the formulas that turn them into class weights, and the published snapshot; pure.
 */
@NullMarked
package dev.counterweight.weights;

import org.jspecify.annotations.NullMarked;
