package datasets

import (
	"encoding/csv"
	"strconv"
)

// csv prints a line for each class.
func (r *splitReport) csv(o *splitOptions) error {
	w := csv.NewWriter(o.Streams.Out)
	line := []string{"category_id", "name"}
	for _, what := range []string{"images_", "instances_"} {
		for _, p := range r.Parts {
			line = append(line, what+p.Name)
		}
	}
	w.Write(line)
	for i := range r.Classes {
		c := &r.Classes[i]
		line = append(line[:0], strconv.FormatInt(c.ID, 10), c.Name)
		for _, list := range [][]int64{c.Images, c.Instances} {
			for _, n := range list {
				line = append(line, strconv.FormatInt(n, 10))
			}
		}
		w.Write(line)
	}
	w.Flush()
	return w.Error()
}
