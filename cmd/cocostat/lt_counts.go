package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"cocostat/annotations"
	"cocostat/weights"
)

// classCount is what a profile says of a class.
type classCount struct {
	id        *int64
	name      string // "" where the profile has ids alone
	instances int64
	images    *int64
}

// mostCounts is the size in bytes up to which a profile is read that is no
// annotation file.
const mostCounts = 64 << 20

// mostClasses is the number of classes up to which one is read.
const mostClasses = 1 << 20

var errClasses = fmt.Errorf("more than %d classes", mostClasses)

// readCounts reads the classes of a profile: an annotation file, or a table of
// counts in one of the forms that the help of the command lists.
func readCounts(ctx context.Context, path string, opt annotations.Options) ([]classCount, error) {
	rows, isDataset, err := readTable(ctx, path, false)
	switch {
	case isDataset:
		return datasetCounts(ctx, path, opt)
	case err != nil:
		return nil, fmt.Errorf("%w\nsee 'cocostat lt --help' for what --like takes", err)
	}
	return rows, nil
}

// notTable says why a file is no table of counts.
type notTable struct{ error }

// readTable reads a table of counts. isDataset reports an annotation file
// instead. With pure, an object of counts may hold nothing else but texts. The
// error is a notTable where the file is something else.
func readTable(ctx context.Context, path string, pure bool) (rows []classCount, isDataset bool, err error) {
	text, err := annotations.Open(ctx, path, annotations.Options{NoHash: true})
	if err != nil {
		return nil, false, err
	}
	defer text.Close()
	in := bufio.NewReaderSize(&io.LimitedReader{R: text, N: mostCounts}, 64<<10)
	head, err := in.Peek(512)
	if err != nil && err != io.EOF {
		return nil, false, fmt.Errorf("%s: %w", path, err)
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	switch {
	case bytes.HasPrefix(head, []byte("ARROW1")), bytes.HasPrefix(head, []byte("PAR1")):
		rows, err = weightsCounts(path)
		return rows, false, err
	case len(head) > 0 && (head[0] == '{' || head[0] == '['):
		if rows, isDataset, err = jsonCounts(in, pure); isDataset {
			return nil, true, nil
		}
		if err != nil && len(rows) == 0 {
			err = notTable{err}
		}
	case bytes.ContainsRune(head, 0):
		err = errors.New("it is no text")
	default:
		rows, err = csvCounts(in)
	}
	if err != nil {
		return nil, false, fmt.Errorf("%s: no class counts: %w", path, err)
	}
	return rows, false, nil
}

// datasetCounts counts an annotation file.
func datasetCounts(ctx context.Context, path string, opt annotations.Options) ([]classCount, error) {
	c, err := annotations.Count(ctx, []string{path}, opt)
	if err != nil {
		return nil, err
	}
	rows := make([]classCount, len(c.Categories))
	for i, k := range c.Categories {
		rows[i] = classCount{&k.ID, k.Name, c.Instances[i], &c.Images[i]}
	}
	return rows, nil
}

func weightsCounts(path string) ([]classCount, error) {
	t, err := weights.ReadFile(path)
	if err != nil {
		return nil, err
	}
	rows := make([]classCount, len(t.Rows))
	for i := range t.Rows {
		r := &t.Rows[i]
		rows[i] = classCount{&r.CategoryID, r.Name, r.Instances, &r.Images}
	}
	return rows, nil
}

// jsonCounts reads a list of classes, an object that holds one, or an object of
// counts. isDataset reports lists of images or annotations instead, also after a
// list of categories, which in a dataset has no counts. With pure, lists and
// objects beside counts are a reason why it is none.
func jsonCounts(in *bufio.Reader, pure bool) (rows []classCount, isDataset bool, err error) {
	if b, _ := in.Peek(3); bytes.Equal(b, []byte("\ufeff")) {
		in.Discard(3) // a byte order mark
	}
	d := json.NewDecoder(in)
	d.UseNumber()
	start, err := d.Token()
	if err != nil {
		return nil, false, err
	}
	if start == json.Delim('[') {
		rows, faults, err := jsonRows(d)
		return rows, false, cmp.Or(err, faults)
	}
	plain, list := []classCount(nil), false
	var faults, odd error // of the list, and of the numbers where there is none
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, false, err
		}
		value, err := d.Token()
		switch delim, open := value.(json.Delim); {
		case err != nil:
			return nil, false, err
		case open && delim == '[' && (key == "images" || key == "annotations"):
			return nil, true, nil
		case open && delim == '[' && (key == "classes" || key == "categories"):
			list = true
			if rows, faults, err = jsonRows(d); err != nil {
				return nil, false, err
			}
		case open:
			if err := skipJSON(d); err != nil {
				return nil, false, err
			}
			if pure {
				odd = cmp.Or(odd, fmt.Errorf("%q holds no number", key))
			}
		default:
			number, isNumber := value.(json.Number)
			if !isNumber {
				continue // a description
			}
			n, err := number.Int64()
			if err != nil {
				odd = cmp.Or(odd, fmt.Errorf("%q: %s is no whole number", key, number))
			}
			if plain = append(plain, classCount{name: key.(string), instances: n}); len(plain) > mostClasses {
				return nil, false, errClasses
			}
		}
	}
	if !list {
		rows = plain
	}
	if !list && odd != nil {
		return nil, false, odd
	}
	if faults != nil {
		return rows, false, faults
	}
	if len(rows) == 0 {
		return nil, false, fmt.Errorf("neither a list \"classes\" nor class names with numbers")
	}
	return rows, false, checkCounts(rows)
}

// skipJSON reads to the end of the array or object that was opened last.
func skipJSON(d *json.Decoder) error {
	for depth := 1; depth > 0; {
		t, err := d.Token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('['), json.Delim('{'):
			depth++
		case json.Delim(']'), json.Delim('}'):
			depth--
		}
	}
	return nil
}

// jsonRows reads the rest of a list of classes. faults is the first reason why
// it is no list of counts, although it is JSON that can be read on.
func jsonRows(d *json.Decoder) (rows []classCount, faults, err error) {
	for n := 1; d.More(); n++ {
		var r struct {
			ID                       *int64
			CategoryID               *int64 `json:"category_id"`
			Name, Class              string
			Instances, Count, Images *int64
		}
		err := d.Decode(&r)
		if _, isType := errors.AsType[*json.UnmarshalTypeError](err); isType {
			faults = cmp.Or(faults, fmt.Errorf("class %d of the list: %w", n, err))
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		instances := cmp.Or(r.Instances, r.Count)
		if instances == nil {
			faults = cmp.Or(faults, fmt.Errorf("class %d of the list has no instances", n))
			continue
		}
		if rows = append(rows, classCount{cmp.Or(r.CategoryID, r.ID), cmp.Or(r.Name, r.Class), *instances, r.Images}); len(rows) > mostClasses {
			return nil, nil, errClasses
		}
	}
	if _, err := d.Token(); err != nil { // the end of the list
		return nil, nil, err
	}
	if faults == nil && len(rows) == 0 {
		faults = errors.New("an empty list")
	}
	return rows, cmp.Or(faults, checkCounts(rows)), nil
}

// csvCounts reads a table with a header.
func csvCounts(in io.Reader) ([]classCount, error) {
	r := csv.NewReader(in)
	r.ReuseRecord = true
	header, err := r.Read()
	if err != nil {
		return nil, notTable{fmt.Errorf("no header: %w", err)}
	}
	header = slices.Clone(header)
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	column := func(names ...string) int {
		return slices.IndexFunc(header, func(h string) bool { return slices.Contains(names, strings.TrimSpace(h)) })
	}
	id, name, instances, images := column("category_id", "id"), column("name", "class"), column("instances", "count"), column("images")
	if instances < 0 || id < 0 && name < 0 {
		return nil, notTable{fmt.Errorf("the header %q lacks a column instances, or both name and category_id", strings.Join(header, ","))}
	}
	var rows []classCount
	for {
		record, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		row := classCount{}
		number := func(column int) *int64 {
			if column < 0 || record[column] == "" || err != nil {
				return nil
			}
			var n int64
			if n, err = strconv.ParseInt(record[column], 10, 64); err != nil {
				line, _ := r.FieldPos(column)
				err = fmt.Errorf("line %d: %s %q is no whole number", line, header[column], record[column])
			}
			return &n
		}
		row.id, row.images = number(id), number(images)
		n := number(instances)
		if err != nil {
			return nil, err
		}
		if name >= 0 {
			row.name = record[name]
		}
		if n == nil {
			return nil, fmt.Errorf("class %q has no instances", row.name)
		}
		row.instances = *n
		if rows = append(rows, row); len(rows) > mostClasses {
			return nil, errClasses
		}
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("no classes below the header")
	}
	return rows, checkCounts(rows)
}

// checkCounts refuses negative numbers, and classes without a name or id.
func checkCounts(rows []classCount) error {
	for i, r := range rows {
		switch {
		case r.instances < 0:
			return fmt.Errorf("class %d %q: %d instances", i+1, r.name, r.instances)
		case r.id == nil && r.name == "":
			return fmt.Errorf("class %d of the list has neither a name nor an id", i+1)
		}
	}
	return nil
}
