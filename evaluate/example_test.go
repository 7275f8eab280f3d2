package evaluate_test

import (
	"fmt"

	"cocostat/evaluate"
)

// The car is found to the pixel and the tram not at all: AP is 1 and 0, and its
// mean over the classes one half.
func ExampleEvaluate() {
	const car, tram = 1, 2
	truths := []evaluate.Truth{
		{ImageID: 1, CategoryID: car, BBox: [4]float64{10, 10, 40, 20}, Area: 800},
		{ImageID: 2, CategoryID: tram, BBox: [4]float64{0, 30, 90, 30}, Area: 2700},
	}
	found := []evaluate.Detection{
		{ImageID: 1, CategoryID: car, BBox: [4]float64{10, 10, 40, 20}, Score: 0.9},
	}
	result, err := evaluate.Evaluate(truths, found, evaluate.Params{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("AP %.2f: car %.2f, tram %.2f\n", result.Stats()[evaluate.AP], result.ClassAP(car).AP, result.ClassAP(tram).AP)
	// Output: AP 0.50: car 1.00, tram 0.00
}
