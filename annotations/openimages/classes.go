package openimages

import (
	"context"
	"io"
	"os"
	"path"
	"path/filepath"

	"cocostat/annotations"
)

// classes are the categories that a file beside the boxes lists.
type classes struct {
	list []annotations.Category
	ids  map[string]int64 // by LabelName
}

// readClasses finds and reads the names of classes; nil if there are none.
func readClasses(ctx context.Context, file string, opt annotations.Options) (*classes, error) {
	dir := filepath.Dir(file)
	for _, pattern := range []string{"*class-descriptions-boxable.csv", "*class-descriptions*.csv", "classes.csv"} {
		for _, place := range []string{dir, filepath.Join(dir, "..", "metadata")} {
			entries, _ := os.ReadDir(place) // sorted
			for _, e := range entries {
				if is, _ := path.Match(pattern, e.Name()); is && !e.IsDir() {
					return classesIn(ctx, filepath.Join(place, e.Name()), opt)
				}
			}
		}
	}
	return nil, nil
}

// classesIn reads "/m/011k07,Tortoise", a class a line, with a header or without.
func classesIn(ctx context.Context, file string, opt annotations.Options) (*classes, error) {
	opt.Progress = nil
	text, err := annotations.Open(ctx, file, opt)
	if err != nil {
		return nil, err
	}
	defer text.Close()
	rows := newTable(ctx, text, file)
	c := &classes{ids: map[string]int64{}}
	for {
		row, err := rows.row()
		if err == io.EOF {
			return c, nil
		}
		if err != nil {
			return nil, err
		}
		if len(row) < 2 || row[0] == "" || row[0] == "LabelName" {
			continue
		}
		if _, again := c.ids[row[0]]; again {
			continue
		}
		k := annotations.Category{ID: int64(len(c.list)) + 1, Name: row[1], Has: annotations.FieldID | annotations.FieldName}
		c.ids[row[0]] = k.ID
		c.list = append(c.list, k)
	}
}

func (c *classes) visit(v annotations.Visitor) error {
	for i := range c.list {
		if v.Category == nil {
			break
		}
		if err := v.Category(&c.list[i]); err != nil {
			return err
		}
	}
	return nil
}

// id returns the id of a category. One that is not listed gets a number that no
// category has.
func (c *classes) id(label string, v annotations.Visitor) int64 {
	if id, known := c.ids[label]; known {
		return id
	}
	id := annotations.NumberOfText(label)
	if v.Text != nil {
		v.Text(id, label)
	}
	return id
}
