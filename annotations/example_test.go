package annotations_test

import (
	"fmt"
	"log"

	"cocostat/annotations"
)

// Annotations from anywhere: whoever hands them to the visitor is a format.
func ExampleNewTally() {
	const has = annotations.FieldID | annotations.FieldImageID | annotations.FieldCategoryID | annotations.FieldBBox
	scan := func(v annotations.Visitor) error {
		for id, name := range []string{"cat", "dog"} {
			if err := v.Category(&annotations.Category{ID: int64(id), Name: name, Has: annotations.FieldID | annotations.FieldName}); err != nil {
				return err
			}
		}
		image := annotations.Image{ID: 1, FileName: "garden.jpg", Width: 640, Height: 480, Has: annotations.FieldID | annotations.FieldName}
		if err := v.Image(&image); err != nil {
			return err
		}
		for i, class := range []int64{0, 1, 1, 5} {
			a := annotations.Annotation{ID: int64(i) + 1, ImageID: 1, CategoryID: class, BBox: [4]float64{float64(9 * i), 20, 30, 30}, Area: 900, Has: has}
			if err := v.Annotation(&a); err != nil {
				return err
			}
		}
		return nil
	}
	t, err := annotations.NewTally("pets", annotations.Options{}, scan)
	if err != nil {
		log.Fatal(err)
	}
	c, err := annotations.Merge([]*annotations.Tally{t}, annotations.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for i, k := range c.Categories {
		fmt.Printf("%s: %d\n", k.Name, c.Instances[i])
	}
	for _, p := range c.Cooccurrence() {
		fmt.Printf("%s and %s: %d\n", c.Categories[p.A].Name, c.Categories[p.B].Name, p.Images)
	}
	fmt.Println(c.Problems[0].Kind, c.Problems[0].Count)
	// Output:
	// cat: 1
	// dog: 2
	// cat and dog: 1
	// annotations of an unknown category, not counted 1
}

// Summaries made apart, of shards say, merge to that of the whole.
func ExampleDistribution() {
	var even, odd annotations.Distribution
	for i := 1; i <= 1000; i += 2 {
		odd.Add(float64(i))
		even.Add(float64(i + 1))
	}
	even.Merge(&odd)
	fmt.Println(even.Count(), even.Min(), even.Max())
	fmt.Println(even.Quantile(0.1), even.Quantile(0.5))
	fmt.Printf("%.0f, at most 0.4 %% below 900\n", even.Quantile(0.9))
	// Output:
	// 1000 1 1000
	// 100 500
	// 900, at most 0.4 % below 900
}
