package coco

import (
	"cocostat/annotations"
)

// list is one of an annotation file's three lists, or that of a results file.
type list uint8

const (
	noList list = iota
	imageList
	annotationList
	categoryList
	resultList
)

func (n list) String() string {
	return [...]string{"", "images", "annotations", "categories", "results"}[n]
}

// listOf returns the list that a key of an annotation file's object names.
func listOf(key []byte) list {
	switch string(key) {
	case "images":
		return imageList
	case "annotations":
		return annotationList
	case "categories":
		return categoryList
	}
	return noList
}

// member is a key that is read in an element of a list.
type member uint8

const (
	other member = iota
	memberID
	memberImageID
	memberCategoryID
	memberBBox
	memberArea
	memberCrowd
	memberName
	memberWidth
	memberHeight
	memberSupercategory
	memberFrequency
	memberScore
	memberNegative
	memberNotExhaustive
	memberInstanceCount
	memberImageCount
	memberNested
)

// field returns the field that an element has with a member; some members have
// none.
func (m member) field() annotations.Field { return fields[m] }

var fields = [1 << 8]annotations.Field{
	memberID: annotations.FieldID, memberImageID: annotations.FieldImageID, memberCategoryID: annotations.FieldCategoryID,
	memberBBox: annotations.FieldBBox, memberArea: annotations.FieldArea, memberName: annotations.FieldName, memberScore: annotations.FieldScore,
	memberInstanceCount: annotations.FieldInstanceCount, memberImageCount: annotations.FieldImageCount,
}

// member returns what a key means in an element of the list.
func (n list) member(key []byte) member {
	switch n {
	case annotationList:
		switch string(key) {
		case "id":
			return memberID
		case "image_id":
			return memberImageID
		case "category_id":
			return memberCategoryID
		case "bbox":
			return memberBBox
		case "area":
			return memberArea
		case "iscrowd":
			return memberCrowd
		}
	case imageList:
		switch string(key) {
		case "id":
			return memberID
		case "file_name":
			return memberName
		case "width":
			return memberWidth
		case "height":
			return memberHeight
		case "neg_category_ids":
			return memberNegative
		case "not_exhaustive_category_ids":
			return memberNotExhaustive
		case "annotations", "objects":
			return memberNested
		}
	case categoryList:
		switch string(key) {
		case "id":
			return memberID
		case "name":
			return memberName
		case "supercategory":
			return memberSupercategory
		case "frequency":
			return memberFrequency
		case "instance_count":
			return memberInstanceCount
		case "image_count":
			return memberImageCount
		}
	case resultList:
		// Areas are not read: pycocotools too takes width times height (coco.py,
		// loadRes).
		switch string(key) {
		case "image_id":
			return memberImageID
		case "category_id":
			return memberCategoryID
		case "bbox":
			return memberBBox
		case "score":
			return memberScore
		case "file_name":
			return memberName
		}
	}
	return other
}

// identifiers are the fields without which an element refers to nothing.
func (n list) identifiers() annotations.Field { return identifiers[n] }

var identifiers = [...]annotations.Field{
	imageList:      annotations.FieldID,
	annotationList: annotations.FieldID | annotations.FieldImageID | annotations.FieldCategoryID,
	categoryList:   annotations.FieldID,
	resultList:     annotations.FieldImageID | annotations.FieldCategoryID,
}
