// Package report writes what is known of a dataset as one HTML page: its
// totals, how uneven its classes are, pictures, a table of all classes, the
// problems found and the files read.
//
// The page is a single file that needs nothing else: its content security
// policy forbids every request. Without scripts it lacks only the sorting and
// filtering of the class table.
package report

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"math"
	"slices"
	"time"

	"cocostat/internal/charts"
	"cocostat/internal/textable"
)

// Data is the content of a page.
type Data struct {
	Title     string // of the dataset; usually the names of the files
	Totals    []Fact // shown large
	Imbalance []Fact
	Charts    *charts.Data // nil: no pictures
	Classes   []Class      // in any order; shown from frequent to rare
	Problems  []Problem    // shown from errors to notes, else in their order
	Sources   []Source
	Version   string    // of the program
	Time      time.Time // when the page was made
}

// Fact is a number with its name, both as they are to be shown.
type Fact struct{ Name, Value string }

// Class is a row of the class table.
type Class struct {
	ID                       int64
	Name, Supercategory      string
	Instances, Images, Crowd int64
	Share, Frequency         float64 // fractions of all instances, of all annotated images
	Small, Medium, Large     int64   // instances by COCO's sizes
	Width, Height            float64 // medians in pixels; NaN without boxes
	Alpha                    float64 // weight; NaN: none
	Group                    string  // "head" or "tail"
}

// Problem is a kind of problem that was found.
type Problem struct {
	Severity string // "error", "warning" or "note"
	Count    int64
	What     string
	Examples []string // places where it was found first
}

// Source is a file that was read. SHA256 may be empty.
type Source struct {
	Path   string
	Bytes  int64
	SHA256 string
}

//go:embed page.html
var pageText string

//go:embed page.css
var styleText string

//go:embed page.js
var scriptText string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"integer": textable.Integer[int64],
	"percent": textable.Percent,
	"pixels":  func(f float64) string { return textable.Decimal(f, 1) },
	"weight":  weight,
}).Parse(pageText))

// Write writes the page. It returns the errors of w.
func Write(w io.Writer, d Data) error {
	var page bytes.Buffer
	if err := pageTemplate.Execute(&page, newPage(d)); err != nil {
		return err
	}
	_, err := w.Write(page.Bytes())
	return err
}

// page is what the template sees.
type page struct {
	Data
	Policy                         string
	Style                          template.CSS
	Script                         template.JS
	Figures                        []figure
	Supercategories, Crowds, Alpha bool // which columns there are
}

func newPage(d Data) *page {
	p := &page{Data: d, Script: template.JS(scriptText), Figures: figures(d.Charts)}
	style := ":root{" + charts.Properties(false) + "}\n@media screen and (prefers-color-scheme:dark){:root{" +
		charts.Properties(true) + "}}\n" + styleText
	p.Style = template.CSS(style)
	p.Policy = "default-src 'none'; base-uri 'none'; form-action 'none'; style-src " + hash(style) + "; script-src " + hash(scriptText)

	p.Classes = slices.Clone(d.Classes)
	slices.SortStableFunc(p.Classes, func(a, b Class) int { return cmp.Compare(b.Instances, a.Instances) })
	p.Problems = slices.Clone(d.Problems)
	rank := func(p Problem) int { return slices.Index([]string{"error", "warning", "note"}, p.Severity) }
	slices.SortStableFunc(p.Problems, func(a, b Problem) int { return cmp.Compare(rank(a), rank(b)) })
	for _, c := range d.Classes {
		p.Supercategories = p.Supercategories || c.Supercategory != ""
		p.Crowds = p.Crowds || c.Crowd > 0
		p.Alpha = p.Alpha || !math.IsNaN(c.Alpha)
	}
	return p
}

// hash is how a content security policy names a text that it allows.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
