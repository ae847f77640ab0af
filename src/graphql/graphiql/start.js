// Opens GraphiQL on this server with a query that shows what is there.
const fetcher = GraphiQL.createFetcher({ url: '/graphql' });
const defaultQuery = `# Send a token as a header: {"Authorization": "Bearer TOKEN"}
{
  cellLines(search: "레트", first: 5) {
    totalCount
    nodes { accession name rrid holding availability diseases { label } }
  }
}
`;
ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(GraphiQL, { fetcher, defaultQuery, defaultEditorToolsVisibility: 'headers' }),
);
