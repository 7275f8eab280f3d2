package lt_test

import (
	"fmt"

	"cocostat/lt"
)

// Of 100 (image, class) pairs the rarest class holds 5, and the two rarest 15:
// a tail of at most 8.67 % is the rarest alone.
func ExampleTailSplit() {
	images := []int64{60, 25, 10, 5} // that hold each class, of 100
	split := lt.TailSplit(images, 100, 0.0867)
	for class := range images {
		fmt.Println(class, split.Group(class))
	}
	fmt.Printf("tail ratio %.2f, frequencies below %.2f\n", split.Reached, split.Lambda)
	// Output:
	// 0 head
	// 1 head
	// 2 head
	// 3 tail
	// tail ratio 0.05, frequencies below 0.10
}

// Three classes whose numbers are to fall by 10 from the first to the last:
// 1000·10^(−1/2) = 316.2 is in the middle.
func ExampleProfile() {
	p := lt.Profile{Shape: lt.Exponential, Imbalance: 10}
	fmt.Println(p.Counts([]int64{1000, 800, 500}))
	// Output: [1000 316 100]
}

// The largest of these classes has 8 times the instances of the smallest. Their
// shares 8/13, 4/13 and 1/13 have an entropy of 1.239 bits, and 2^1.239 is 2.36.
func ExampleImbalanceRatio() {
	instances := []int64{800, 400, 100}
	fmt.Printf("ratio %.0f, as uneven as %.2f equal classes\n", lt.ImbalanceRatio(instances), lt.EffectiveClasses(instances))
	// Output: ratio 8, as uneven as 2.36 equal classes
}
