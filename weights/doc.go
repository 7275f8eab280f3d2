// Package weights makes the class weights of balance-oriented focal loss from
// the counts of a dataset: a table of one row per class, with everything that a
// trainer needs to know about their use. Package codec below it reads and writes
// the table; docs/weights-file.md specifies it.
//
// # Symbols
//
//	C     number of classes that have instances
//	n_y   instances (annotated objects) of class y
//	n     Σ n_y
//	p     exponent of the inverse frequency, above 0
//	c     offset of the logarithm, above 1
//	α_y   class weight
//	β     hyperparameter of the effective number, in (0, 1)
//	η     base of the batch-wise factor, in [0, 1]
//
// # Class weights
//
// A weight is a formula of the class's count, times one factor for all classes,
// then clipped:
//
//	inverse     n / (C·n_y)            eq. (5)
//	effective   (1−β) / (1−β^n_y)      eq. (2)
//	power       (n / (C·n_y))^p
//	log         1 / ln(c + n_y/n)
//	uniform     1
//
// The inverse class frequency is used as it is; its mean over the instances is
// 1. The inverse of the effective number of samples is rescaled so that
// Σ α_y = C, as its authors do (src/cifar_main.py of
// richardaecn/class-balanced-loss). Power and log get the mean of the inverse
// frequency. Other normalisations can be asked for; see [Alpha].
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
//   - A. Paszke et al., "ENet: A Deep Neural Network Architecture for Real-Time
//     Semantic Segmentation", arXiv:1606.02147: the logarithm.
//   - A. Gupta, P. Dollár, R. Girshick, "LVIS: A Dataset for Large Vocabulary
//     Instance Segmentation", CVPR 2019: repeat factors.
package weights
