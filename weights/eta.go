package weights

import (
	"fmt"
	"math"

	"cocostat/annotations"
)

// EtaFormat is the version of the eta file.
const EtaFormat = "eta/1"

// EtaRow is a class that occurs in an image.
type EtaRow struct {
	ImageID    int64
	CategoryID int64
	Index      int32   // channel of the class
	Objects    int32   // n_{i,k}: annotations of the class in the image, ≥ 1
	Power      float64 // η^n, in [0, 1]: the factor at λ = 1 in both readings
	Image      int32   // position of the image in ascending id, that of its row in the images file
}

// EtaMetadata says what an eta file was made from and how the factor of a
// class follows from its rows. With λ of the schedule, and n the objects of the
// class in the image or, with ScopeBatch, in all images of the mini-batch,
//
//	η̂^n = (1 + λ(η−1))^n    ReadingBase
//	η̂^n = 1 + λ(η^n − 1)    ReadingPower
//
// and η^n of a mini-batch is the product of the column eta_power over its
// images.
type EtaMetadata struct {
	Format  string               `json:"format"`  // EtaFormat
	Version string               `json:"version"` // of the program that wrote the file
	Sources []annotations.Source `json:"sources"` // as in Metadata
	Images  int64                `json:"images"`  // all of the dataset, with and without rows
	Crowds  bool                 `json:"crowds"`  // whether crowd regions count as objects
	Eta     float64              `json:"eta"`     // η in [0, 1]
	Reading string               `json:"reading"` // ReadingBase or ReadingPower
	Scope   string               `json:"scope"`   // ScopeImage or ScopeBatch
}

// EtaTable is the content of an eta file. The rows ascend by Image, then by
// Index.
type EtaTable struct {
	Rows []EtaRow
	Meta EtaMetadata
}

// eta returns η with its reading and scope.
func (m EtaMetadata) eta() Eta { return Eta{m.Eta, m.Reading, m.Scope} }

// MakeEta makes the table of η^n from the counts of a dataset. It fails for
// an invalid e.
func MakeEta(c *annotations.Counts, e Eta, version string) (*EtaTable, error) {
	if err := e.Validate(); err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	if e.Scope == "" {
		e.Scope = ScopeImage
	}
	sources, err := absolute(c.Sources)
	if err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	t := &EtaTable{Rows: make([]EtaRow, len(c.Pairs)), Meta: EtaMetadata{
		Format: EtaFormat, Version: version, Sources: sources, Images: int64(len(c.ImageRows)), Crowds: c.Crowds,
		Eta: e.Value, Reading: e.Reading, Scope: e.Scope,
	}}
	for i, p := range c.Pairs {
		t.Rows[i] = EtaRow{
			ImageID:    c.ImageRows[p.Image].ID,
			CategoryID: c.Categories[p.Class].ID,
			Index:      p.Class,
			Objects:    p.Objects,
			Power:      math.Pow(e.Value, float64(p.Objects)),
			Image:      p.Image,
		}
	}
	return t, nil
}
