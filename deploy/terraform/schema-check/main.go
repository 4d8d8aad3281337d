// A provider that has the AWS provider's schema and no AWS: what is applied is remembered in Terraform's
// state alone, and what AWS would compute is made up. It shows whether Terraform accepts the configuration,
// its types, references, conditions and order, against every name and type of the published provider.
package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"os"
	"sort"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5/tf5server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

//go:embed schema.json
var schemaJSON []byte

type attribute struct {
	Type         any  `json:"type"`
	Required     bool `json:"required"`
	Computed     bool `json:"computed"`
	AlsoComputed bool `json:"alsoComputed"`
	WriteOnly    bool `json:"writeOnly"`
}

type nested struct {
	Nesting  string `json:"nesting"`
	Required bool   `json:"required"`
	Block    block  `json:"block"`
}

type block struct {
	Attributes map[string]attribute `json:"attributes"`
	Blocks     map[string]nested    `json:"blocks"`
}

type published struct {
	Resources map[string]block `json:"resources"`
	Data      map[string]block `json:"data"`
}

func typeOf(kind any) tftypes.Type {
	switch kind := kind.(type) {
	case string:
		return map[string]tftypes.Type{"string": tftypes.String, "number": tftypes.Number, "bool": tftypes.Bool, "dynamic": tftypes.DynamicPseudoType}[kind]
	case []any:
		element := typeOf(kind[1])
		switch kind[0] {
		case "list":
			return tftypes.List{ElementType: element}
		case "set":
			return tftypes.Set{ElementType: element}
		}
		return tftypes.Map{ElementType: element}
	}
	panic(fmt.Sprint("unknown type ", kind))
}

func (b block) schema(top bool) *tfprotov5.SchemaBlock {
	made := &tfprotov5.SchemaBlock{}
	for name, a := range b.Attributes {
		made.Attributes = append(made.Attributes, &tfprotov5.SchemaAttribute{
			Name: name, Type: typeOf(a.Type), Required: a.Required, Optional: !a.Required && !a.Computed,
			Computed: (a.Computed || a.AlsoComputed) && !a.Required && top && !a.WriteOnly, WriteOnly: a.WriteOnly,
		})
	}
	for name, n := range b.Blocks {
		nesting := map[string]tfprotov5.SchemaNestedBlockNestingMode{
			"single": tfprotov5.SchemaNestedBlockNestingModeSingle, "list": tfprotov5.SchemaNestedBlockNestingModeList,
			"set": tfprotov5.SchemaNestedBlockNestingModeSet}[n.Nesting]
		inner := &tfprotov5.SchemaNestedBlock{TypeName: name, Block: n.Block.schema(false), Nesting: nesting}
		if n.Required && n.Nesting != "single" {
			inner.MinItems = 1
		}
		made.BlockTypes = append(made.BlockTypes, inner)
	}
	sort.Slice(made.Attributes, func(i, j int) bool { return made.Attributes[i].Name < made.Attributes[j].Name })
	sort.Slice(made.BlockTypes, func(i, j int) bool { return made.BlockTypes[i].TypeName < made.BlockTypes[j].TypeName })
	return made
}

type server struct {
	schema *tfprotov5.GetProviderSchemaResponse
	names  published
}

func newServer() *server {
	s := &server{}
	if err := json.Unmarshal(schemaJSON, &s.names); err != nil {
		panic(err)
	}
	str := func(name string) *tfprotov5.SchemaAttribute {
		return &tfprotov5.SchemaAttribute{Name: name, Type: tftypes.String, Optional: true}
	}
	provider := &tfprotov5.Schema{Block: &tfprotov5.SchemaBlock{
		Attributes: []*tfprotov5.SchemaAttribute{str("region")},
		BlockTypes: []*tfprotov5.SchemaNestedBlock{{TypeName: "default_tags", Nesting: tfprotov5.SchemaNestedBlockNestingModeList,
			Block: &tfprotov5.SchemaBlock{Attributes: []*tfprotov5.SchemaAttribute{{Name: "tags", Type: tftypes.Map{ElementType: tftypes.String}, Optional: true}}}}},
	}}
	// The bindings that the schema is read from leave write-only arguments to the newer generation.
	version := s.names.Resources["aws_secretsmanager_secret_version"]
	if _, known := version.Attributes["secret_string_wo"]; known {
		wo := version.Attributes["secret_string_wo"]
		wo.WriteOnly = true
		version.Attributes["secret_string_wo"] = wo
	}
	password := &tfprotov5.Schema{Block: &tfprotov5.SchemaBlock{Attributes: []*tfprotov5.SchemaAttribute{
		{Name: "password_length", Type: tftypes.Number, Optional: true},
		{Name: "exclude_punctuation", Type: tftypes.Bool, Optional: true},
		{Name: "random_password", Type: tftypes.String, Computed: true},
	}}}
	s.schema = &tfprotov5.GetProviderSchemaResponse{
		Provider: provider, ResourceSchemas: map[string]*tfprotov5.Schema{}, DataSourceSchemas: map[string]*tfprotov5.Schema{},
		EphemeralResourceSchemas: map[string]*tfprotov5.Schema{"aws_secretsmanager_random_password": password},
		ServerCapabilities:       &tfprotov5.ServerCapabilities{GetProviderSchemaOptional: false},
	}
	for name, b := range s.names.Resources {
		s.schema.ResourceSchemas[name] = &tfprotov5.Schema{Block: b.schema(true)}
	}
	for name, b := range s.names.Data {
		s.schema.DataSourceSchemas[name] = &tfprotov5.Schema{Block: b.schema(true)}
	}
	return s
}

func number(text string) uint64 { hash := fnv.New64a(); hash.Write([]byte(text)); return hash.Sum64() }

// What AWS would have made up, of the form that it has.
func madeUp(resource, attribute string, kind tftypes.Type, config map[string]tftypes.Value) tftypes.Value {
	seed := fmt.Sprint(resource, attribute, config)
	switch {
	case kind.Is(tftypes.String):
		text := fmt.Sprintf("%s-%016x", strings.TrimPrefix(resource, "aws_"), number(seed))
		switch attribute {
		case "account_id":
			text = "123456789012"
		case "partition":
			text = "aws"
		case "region":
			text = os.Getenv("AWS_REGION")
		case "arn":
			text = fmt.Sprintf("arn:aws:%s:%s:123456789012:%s", strings.TrimPrefix(resource, "aws_"), os.Getenv("AWS_REGION"), text)
		case "json":
			text = `{"Version":"2012-10-17"}`
		case "private_ip":
			text = "10.42.128.4"
		case "zone_id":
			text = fmt.Sprintf("Z%X", number(seed))
		}
		return tftypes.NewValue(tftypes.String, text)
	case kind.Is(tftypes.Number):
		return tftypes.NewValue(tftypes.Number, 1)
	case kind.Is(tftypes.Bool):
		return tftypes.NewValue(tftypes.Bool, false)
	case kind.Is(tftypes.List{}) || kind.Is(tftypes.Set{}):
		var element tftypes.Type
		if list, ok := kind.(tftypes.List); ok {
			element = list.ElementType
		} else {
			element = kind.(tftypes.Set).ElementType
		}
		if attribute == "names" && element.Is(tftypes.String) {
			return tftypes.NewValue(kind, []tftypes.Value{tftypes.NewValue(element, "zone-a"), tftypes.NewValue(element, "zone-b"), tftypes.NewValue(element, "zone-c")})
		}
		return tftypes.NewValue(kind, []tftypes.Value{})
	case kind.Is(tftypes.Map{}):
		return tftypes.NewValue(kind, map[string]tftypes.Value{})
	}
	if attribute == "domain_validation_options" {
		option := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"domain_name": tftypes.String, "resource_record_name": tftypes.String, "resource_record_type": tftypes.String, "resource_record_value": tftypes.String}}
		var options []tftypes.Value
		var names []string
		var first string
		_ = config["domain_name"].As(&first)
		names = append(names, first)
		var more []tftypes.Value
		_ = config["subject_alternative_names"].As(&more)
		for _, value := range more {
			var name string
			_ = value.As(&name)
			names = append(names, name)
		}
		for _, name := range names {
			options = append(options, tftypes.NewValue(option, map[string]tftypes.Value{
				"domain_name": tftypes.NewValue(tftypes.String, name), "resource_record_name": tftypes.NewValue(tftypes.String, "_proof."+name),
				"resource_record_type": tftypes.NewValue(tftypes.String, "CNAME"), "resource_record_value": tftypes.NewValue(tftypes.String, "proof.acm.example")}))
		}
		types := make([]tftypes.Type, len(options))
		for i := range types {
			types[i] = option
		}
		return tftypes.NewValue(tftypes.Tuple{ElementTypes: types}, options)
	}
	return tftypes.NewValue(tftypes.String, "made up")
}

func (s *server) fill(name string, b block, kind tftypes.Type, value tftypes.Value, unknown bool) (tftypes.Value, error) {
	attributes := map[string]tftypes.Value{}
	if err := value.As(&attributes); err != nil {
		return value, err
	}
	given := map[string]tftypes.Value{}
	for key, attribute := range attributes {
		given[key] = attribute
	}
	for key, a := range b.Attributes {
		open := attributes[key].IsNull() || !attributes[key].IsKnown()
		if a.WriteOnly {
			attributes[key] = tftypes.NewValue(typeOf(a.Type), nil)
			continue
		}
		// Optional things other than strings stay unset: made-up numbers would look like settings.
		if !open || a.Required || !(a.Computed || a.AlsoComputed && typeOf(a.Type).Is(tftypes.String)) {
			continue
		}
		if !attributes[key].IsNull() || unknown || a.Computed {
			if unknown {
				attributes[key] = tftypes.NewValue(typeOf(a.Type), tftypes.UnknownValue)
			} else {
				attributes[key] = madeUp(name, key, typeOf(a.Type), given)
			}
		}
	}
	return tftypes.NewValue(kind, attributes), nil
}

func problem(err error) []*tfprotov5.Diagnostic {
	return []*tfprotov5.Diagnostic{{Severity: tfprotov5.DiagnosticSeverityError, Summary: err.Error()}}
}

func (s *server) GetMetadata(context.Context, *tfprotov5.GetMetadataRequest) (*tfprotov5.GetMetadataResponse, error) {
	return nil, fmt.Errorf("not offered")
}
func (s *server) GetProviderSchema(context.Context, *tfprotov5.GetProviderSchemaRequest) (*tfprotov5.GetProviderSchemaResponse, error) {
	return s.schema, nil
}
func (s *server) GetResourceIdentitySchemas(context.Context, *tfprotov5.GetResourceIdentitySchemasRequest) (*tfprotov5.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov5.GetResourceIdentitySchemasResponse{}, nil
}
func (s *server) PrepareProviderConfig(_ context.Context, r *tfprotov5.PrepareProviderConfigRequest) (*tfprotov5.PrepareProviderConfigResponse, error) {
	return &tfprotov5.PrepareProviderConfigResponse{PreparedConfig: r.Config}, nil
}
func (s *server) ConfigureProvider(context.Context, *tfprotov5.ConfigureProviderRequest) (*tfprotov5.ConfigureProviderResponse, error) {
	return &tfprotov5.ConfigureProviderResponse{}, nil
}
func (s *server) StopProvider(context.Context, *tfprotov5.StopProviderRequest) (*tfprotov5.StopProviderResponse, error) {
	return &tfprotov5.StopProviderResponse{}, nil
}
func (s *server) ValidateResourceTypeConfig(context.Context, *tfprotov5.ValidateResourceTypeConfigRequest) (*tfprotov5.ValidateResourceTypeConfigResponse, error) {
	return &tfprotov5.ValidateResourceTypeConfigResponse{}, nil
}
func (s *server) UpgradeResourceState(_ context.Context, r *tfprotov5.UpgradeResourceStateRequest) (*tfprotov5.UpgradeResourceStateResponse, error) {
	kind := s.schema.ResourceSchemas[r.TypeName].ValueType()
	value, err := r.RawState.Unmarshal(kind)
	if err != nil {
		return &tfprotov5.UpgradeResourceStateResponse{Diagnostics: problem(err)}, nil
	}
	state, err := tfprotov5.NewDynamicValue(kind, value)
	if err != nil {
		return nil, err
	}
	return &tfprotov5.UpgradeResourceStateResponse{UpgradedState: &state}, nil
}
func (s *server) UpgradeResourceIdentity(context.Context, *tfprotov5.UpgradeResourceIdentityRequest) (*tfprotov5.UpgradeResourceIdentityResponse, error) {
	return &tfprotov5.UpgradeResourceIdentityResponse{}, nil
}
func (s *server) ReadResource(_ context.Context, r *tfprotov5.ReadResourceRequest) (*tfprotov5.ReadResourceResponse, error) {
	return &tfprotov5.ReadResourceResponse{NewState: r.CurrentState}, nil
}

func (s *server) change(name string, planned *tfprotov5.DynamicValue, unknown bool) (*tfprotov5.DynamicValue, error) {
	kind := s.schema.ResourceSchemas[name].ValueType()
	value, err := planned.Unmarshal(kind)
	if err != nil || value.IsNull() {
		return planned, err
	}
	filled, err := s.fill(name, s.names.Resources[name], kind, value, unknown)
	if err != nil {
		return nil, err
	}
	state, err := tfprotov5.NewDynamicValue(kind, filled)
	return &state, err
}

func (s *server) PlanResourceChange(_ context.Context, r *tfprotov5.PlanResourceChangeRequest) (*tfprotov5.PlanResourceChangeResponse, error) {
	state, err := s.change(r.TypeName, r.ProposedNewState, true)
	if err != nil {
		return &tfprotov5.PlanResourceChangeResponse{Diagnostics: problem(err)}, nil
	}
	return &tfprotov5.PlanResourceChangeResponse{PlannedState: state}, nil
}
func (s *server) ApplyResourceChange(_ context.Context, r *tfprotov5.ApplyResourceChangeRequest) (*tfprotov5.ApplyResourceChangeResponse, error) {
	state, err := s.change(r.TypeName, r.PlannedState, false)
	if err != nil {
		return &tfprotov5.ApplyResourceChangeResponse{Diagnostics: problem(err)}, nil
	}
	return &tfprotov5.ApplyResourceChangeResponse{NewState: state}, nil
}
func (s *server) ImportResourceState(context.Context, *tfprotov5.ImportResourceStateRequest) (*tfprotov5.ImportResourceStateResponse, error) {
	return nil, fmt.Errorf("not offered")
}
func (s *server) MoveResourceState(context.Context, *tfprotov5.MoveResourceStateRequest) (*tfprotov5.MoveResourceStateResponse, error) {
	return nil, fmt.Errorf("not offered")
}
func (s *server) ValidateDataSourceConfig(context.Context, *tfprotov5.ValidateDataSourceConfigRequest) (*tfprotov5.ValidateDataSourceConfigResponse, error) {
	return &tfprotov5.ValidateDataSourceConfigResponse{}, nil
}
func (s *server) ReadDataSource(_ context.Context, r *tfprotov5.ReadDataSourceRequest) (*tfprotov5.ReadDataSourceResponse, error) {
	kind := s.schema.DataSourceSchemas[r.TypeName].ValueType()
	value, err := r.Config.Unmarshal(kind)
	if err == nil {
		value, err = s.fill(r.TypeName, s.names.Data[r.TypeName], kind, value, false)
	}
	if err == nil {
		// An optional attribute that nobody set is what AWS answers.
		attributes, given := map[string]tftypes.Value{}, r.TypeName
		_ = value.As(&attributes)
		for key, a := range s.names.Data[r.TypeName].Attributes {
			if attributes[key].IsNull() && a.AlsoComputed && typeOf(a.Type).Is(tftypes.String) {
				attributes[key] = madeUp(given, key, tftypes.String, nil)
			}
		}
		value = tftypes.NewValue(kind, attributes)
	}
	if err != nil {
		return &tfprotov5.ReadDataSourceResponse{Diagnostics: problem(err)}, nil
	}
	state, err := tfprotov5.NewDynamicValue(kind, value)
	return &tfprotov5.ReadDataSourceResponse{State: &state}, err
}
func (s *server) ValidateEphemeralResourceConfig(context.Context, *tfprotov5.ValidateEphemeralResourceConfigRequest) (*tfprotov5.ValidateEphemeralResourceConfigResponse, error) {
	return &tfprotov5.ValidateEphemeralResourceConfigResponse{}, nil
}
func (s *server) OpenEphemeralResource(_ context.Context, r *tfprotov5.OpenEphemeralResourceRequest) (*tfprotov5.OpenEphemeralResourceResponse, error) {
	kind := s.schema.EphemeralResourceSchemas[r.TypeName].ValueType()
	value, err := r.Config.Unmarshal(kind)
	if err != nil {
		return &tfprotov5.OpenEphemeralResourceResponse{Diagnostics: problem(err)}, nil
	}
	attributes := map[string]tftypes.Value{}
	_ = value.As(&attributes)
	attributes["random_password"] = tftypes.NewValue(tftypes.String, "never-to-be-seen-in-state")
	result, err := tfprotov5.NewDynamicValue(kind, tftypes.NewValue(kind, attributes))
	return &tfprotov5.OpenEphemeralResourceResponse{Result: &result}, err
}
func (s *server) RenewEphemeralResource(context.Context, *tfprotov5.RenewEphemeralResourceRequest) (*tfprotov5.RenewEphemeralResourceResponse, error) {
	return &tfprotov5.RenewEphemeralResourceResponse{}, nil
}
func (s *server) CloseEphemeralResource(context.Context, *tfprotov5.CloseEphemeralResourceRequest) (*tfprotov5.CloseEphemeralResourceResponse, error) {
	return &tfprotov5.CloseEphemeralResourceResponse{}, nil
}
func (s *server) CallFunction(context.Context, *tfprotov5.CallFunctionRequest) (*tfprotov5.CallFunctionResponse, error) {
	return nil, fmt.Errorf("not offered")
}
func (s *server) GetFunctions(context.Context, *tfprotov5.GetFunctionsRequest) (*tfprotov5.GetFunctionsResponse, error) {
	return &tfprotov5.GetFunctionsResponse{}, nil
}

func main() {
	made := newServer()
	if err := tf5server.Serve("registry.terraform.io/hashicorp/aws", func() tfprotov5.ProviderServer { return made }); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
