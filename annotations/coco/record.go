package coco

import (
	"cmp"

	"cocostat/annotations"
)

// record holds the members of the element being read; what visitors get is made
// of it. Those that other lists share with annotations are in Annotation, which
// for annotations is their place in the batch.
type record struct {
	*annotations.Annotation
	own   annotations.Annotation // Annotation of other elements
	seen  uint32                 // members met, by bit
	notes []note                 // problems that wait for the end of the element
	more
}

// more are members that annotations lack.
type more struct {
	score             float64
	width, height     int64
	name, super, freq string
	imageText         string  // of results: an image_id that is a text
	negative, partial []int64 // LVIS's lists of an image

	declaredInstances, declaredImages int64 // LVIS's counts of a category
}

// begin makes room for an element of a list at the offset, which goes into b.
func (r *record) begin(n list, b *batch, at int64) {
	if n == annotationList {
		r.Annotation = b.addAnnotation()
	} else {
		r.Annotation, r.more = &r.own, more{}
	}
	*r.Annotation = annotations.Annotation{Offset: at}
	r.seen, r.notes = 0, r.notes[:0]
}

// note keeps a problem of the element until all of it, and so its identifier,
// is read.
func (r *record) note(kind annotations.Kind, at int64) {
	r.notes = append(r.notes, note{kind: kind, at: at})
}

func (r *record) setHas(f annotations.Field, ok bool) {
	r.Has &^= f
	if ok {
		r.Has |= f
	}
}

// fillArea gives an annotation without an area that of its box.
func (r *record) fillArea() {
	if r.Has&annotations.FieldArea == 0 {
		r.Area = r.BBox[2] * r.BBox[3]
	}
}

// nameImage takes the file's name for the identifier that a result lacks.
func (r *record) nameImage() {
	if r.Has&annotations.FieldImageID == 0 && r.name != "" {
		r.ImageID, r.Has = annotations.NumberOfText(r.name), r.Has|annotations.FieldImageID
	}
}

func (r *record) image() annotations.Image {
	return annotations.Image{ID: r.ID, FileName: r.name, Width: int(r.width), Height: int(r.height), Offset: r.Offset, Has: r.Has,
		NegativeCategories: r.negative, NotExhaustiveCategories: r.partial}
}

func (r *record) category() annotations.Category {
	return annotations.Category{ID: r.ID, Name: r.name, Supercategory: r.super, Frequency: r.freq,
		DeclaredInstances: r.declaredInstances, DeclaredImages: r.declaredImages, Offset: r.Offset, Has: r.Has}
}

func (r *record) result() annotations.Result {
	const told = annotations.FieldBoxTold
	return annotations.Result{ImageID: r.ImageID, CategoryID: r.CategoryID, BBox: r.BBox, Score: r.score,
		FileName: cmp.Or(r.name, r.imageText), Offset: r.Offset,
		Has: r.Has &^ (annotations.FieldName | told), Rotated: r.Has&told != 0}
}
