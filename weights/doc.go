// Package weights makes the class weights of balance-oriented focal loss from
// the counts of a dataset, and reads and writes the file that carries them to
// training: one row per class, with everything that a trainer needs to know
// about their use. docs/weights-file.md specifies the file.
//
// # Symbols
//
//	C     number of classes that have instances
//	n_y   instances (annotated objects) of class y
//	n     Σ n_y
//	α_y   class weight
//	β     hyperparameter of the effective number, in (0, 1)
//	η     base of the batch-wise factor, in [0, 1]
//
// # Class weights
//
// The inverse class frequency, eq. (5) of the paper, is used as it is; its
// instance-weighted mean is 1:
//
//	α_y = n / (C·n_y)
//
// The inverse of the effective number of samples, eq. (2), is rescaled so that
// Σ α_y = C, as its authors do:
//
//	α_y ∝ (1−β) / (1−β^n_y)
//
// A class without instances has no weight. C leaves such classes out, so that
// a category which is declared and never used changes nobody's weight.
//
// # References
//
//   - "Balance-Oriented Focal Loss with Linear Scheduling for Anchor Free
//     Object Detection": equations (2), (5), (7), (8).
//   - Y. Cui et al., "Class-Balanced Loss Based on Effective Number of
//     Samples", CVPR 2019: the effective number.
package weights
