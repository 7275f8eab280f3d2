package codec

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"

	"cocostat/weights"
)

// byteOrderMark is what spreadsheets put before CSV in UTF-8.
var byteOrderMark = []byte("\ufeff")

// classesColumn holds C in every line of CSV, which can be cut off between
// lines.
var classesColumn = arrow.Field{Name: "classes", Type: arrow.PrimitiveTypes.Int64}

// encodeCSV writes a header and a line per class, texts in quotes: readers then
// tell a class without a name, or of the name NA, from null, which is empty.
func encodeCSV(w io.Writer, t *weights.Table) error {
	all := cellsOf(t)
	var b bytes.Buffer
	for _, c := range all {
		b.WriteString(quoted(c.field.Name) + ",")
	}
	b.WriteString(quoted(classesColumn.Name) + "," + quoted(formatColumn.Name) + "\n")
	for i := range t.Rows {
		for k := range all {
			cell := all[k].csv(i)
			if strings.Contains(cell, "\r\n") {
				return fmt.Errorf("column %s, row %d: CSV cannot hold %q: readers take the line break for another", all[k].field.Name, i, cell)
			}
			b.WriteString(cell + ",")
		}
		fmt.Fprintf(&b, "%d,%s\n", len(t.Rows), quoted(weights.Format))
	}
	_, err := w.Write(b.Bytes())
	return err
}

// decimal writes a number with the fewest digits that give the same float64
// again, with a point or an exponent, so that readers that guess types do not
// take it for a whole one.
func decimal(v float64) string {
	s := strconv.FormatFloat(v, 'g', -1, 64)
	if !strings.ContainsAny(s, ".en") { // n: Inf, NaN
		s += ".0"
	}
	return s
}

func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

func (c *cells) csv(i int) string {
	switch {
	case c.isNull(i):
		return ""
	case c.ints != nil:
		return strconv.FormatInt(c.ints[i], 10)
	case c.floats != nil:
		return decimal(c.floats[i])
	}
	return quoted(c.texts[i])
}

func decodeCSV(data []byte) (*weights.Table, error) {
	if len(data) > 0 && data[len(data)-1] != '\n' {
		return nil, fmt.Errorf("the CSV file is cut off after %d bytes: its last line has no end", len(data))
	}
	c, err := readLines(csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, byteOrderMark))))
	if err != nil {
		return nil, err
	}
	if err := c.checkClasses(); err != nil {
		return nil, err
	}
	return assemble(c, nil)
}

// readLines reads the header and the lines, up to the first without a number of
// classes and a format: that bounds what a file takes.
func readLines(r *csv.Reader) (csvContent, error) {
	header, err := r.Read()
	if err == io.EOF {
		return nil, errors.New("an empty CSV file")
	}
	lines := csvContent{header}
	var classes, format int
	if err == nil {
		classes, err = find(header, classesColumn.Name)
		for _, field := range columns {
			if err == nil {
				_, err = find(header, field.Name)
			}
		}
		if err == nil {
			format, err = find(header, formatColumn.Name)
		}
		if err != nil {
			return nil, err
		}
	}
	for err == nil {
		var line []string
		if line, err = r.Read(); err == nil {
			if line[classes] == "" || line[format] == "" {
				return nil, fmt.Errorf("row %d: columns %s and %s are empty", len(lines)-1, classesColumn.Name, formatColumn.Name)
			}
			lines = append(lines, line)
		}
	}
	if err != io.EOF {
		return nil, fmt.Errorf("the CSV is invalid: %w", err)
	}
	return lines, nil
}

// csvContent is the header and the lines of a CSV file.
type csvContent [][]string

func (c csvContent) names() []string { return c[0] }

// checkClasses checks that all lines are there.
func (c csvContent) checkClasses() error {
	at, err := find(c.names(), classesColumn.Name)
	if err != nil {
		return err
	}
	column, err := c.cells(at, classesColumn)
	if err != nil {
		return err
	}
	for i, n := range column.ints {
		if n != int64(c.rows()) {
			return fmt.Errorf("column %s, row %d: the file is cut off: %d lines of %d classes", classesColumn.Name, i, c.rows(), n)
		}
	}
	return nil
}

func (c csvContent) rows() int { return len(c) - 1 }

func (c csvContent) cells(at int, field arrow.Field) (cells, error) {
	out := cells{field: field}
	for i, line := range c[1:] {
		text := line[at]
		null := text == "" && field.Type.ID() != arrow.STRING
		out.null = append(out.null, null)
		if err := out.parse(text, null); err != nil {
			return cells{}, fmt.Errorf("column %s, row %d: %w", field.Name, i, err)
		}
	}
	return out, nil
}

// parse appends a value written as text; a null one is 0.
func (c *cells) parse(text string, null bool) error {
	if null {
		text = "0"
	}
	switch c.field.Type.ID() {
	case arrow.INT32, arrow.INT64:
		bits := c.field.Type.(arrow.FixedWidthDataType).BitWidth()
		v, err := strconv.ParseInt(text, 10, bits)
		if err != nil {
			return fmt.Errorf("%q is no %v", text, c.field.Type)
		}
		c.ints = append(c.ints, v)
	case arrow.FLOAT64:
		// Only what float64 cannot hold fails in another way than by syntax;
		// it becomes infinite, which the check of the rows refuses by name.
		v, err := strconv.ParseFloat(text, 64)
		if err != nil && !slices.Contains([]string{"+Inf", "-Inf"}, strconv.FormatFloat(v, 'g', -1, 64)) {
			return fmt.Errorf("%q is no %v", text, c.field.Type)
		}
		c.floats = append(c.floats, v)
	default:
		c.texts = append(c.texts, text)
	}
	return nil
}
