package tables_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"cocostat/annotations"
	"cocostat/annotations/coco/cocotest"
	"cocostat/dataset"
	"cocostat/lt"
	"cocostat/tables"
)

// Tables for pandas, DuckDB or Spark.
func ExampleWrite() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "pets.json")
	if err := os.WriteFile(path, []byte(cocotest.Pets), 0o644); err != nil {
		log.Fatal(err)
	}
	c, err := dataset.Count(context.Background(), []string{path}, annotations.Options{})
	if err != nil {
		log.Fatal(err)
	}
	tail := lt.TailSplit(c.Images, c.AnnotatedImages, 0.0867)
	if err := tables.Write(filepath.Join(dir, "tables"), c, tail, tables.Parquet, nil); err != nil {
		log.Fatal(err)
	}
	files, err := os.ReadDir(filepath.Join(dir, "tables"))
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range files {
		fmt.Println(f.Name())
	}
	// Output:
	// classes.parquet
	// cooccurrence.parquet
	// images.parquet
	// objects.parquet
	// problems.parquet
}
